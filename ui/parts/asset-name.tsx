/** The name of an asset, which people can type in; what they typed goes before what was seen. */
import { useState } from 'react'
import { Pencil } from 'lucide-react'
import type { AssetRow } from '../../analyzer/api/schema.ts'
import { ApiFailure, segment, send } from '../data/api.ts'
import { client } from '../data/client.ts'
import { toasts } from '../data/toasts.ts'
import { who } from '../data/who.ts'
import { Button } from './button.tsx'
import { Wire } from './wire.tsx'

const sources: ReadonlyMap<string, string> = new Map([
  ['typed', 'name typed in here'],
  ['policy', 'name from the zone policy'],
  ['observed', 'name seen on the wire'],
])

async function rename(asset: AssetRow, name: string): Promise<void> {
  const path = `/api/assets/${segment(asset.id)}/name`
  try {
    const renamed = await send<AssetRow>('PUT', path, { name, ...who.sign() })
    client.setQueryData(['assets', 'detail', asset.id], renamed)
    const back = asset.name_source === 'typed' ? asset.name : ''
    const text = name === '' ? 'The typed name was taken back' : 'Renamed'
    toasts.show({ kind: 'done', text, undo: () => void rename(renamed, back) })
  } catch (error) {
    const why = error instanceof ApiFailure ? `${error.message} ${error.remedy}` : ''
    toasts.show({ kind: 'failed', text: `Not renamed: ${why}` })
  }
  void client.invalidateQueries({ queryKey: ['assets'] })
}

export function AssetName({ asset }: { asset: AssetRow }) {
  const [edited, setEdited] = useState<string>()
  const shown = asset.name || asset.ip[0] || asset.mac[0] || asset.id
  if (edited === undefined) {
    return (
      <div className="asset-name">
        <h1>
          <Wire text={shown} />
        </h1>
        <span className="dim">{sources.get(asset.name_source) ?? 'no name known'}</span>
        <Button onPress={() => setEdited(asset.name)} kind="quiet">
          <Pencil size={14} aria-hidden /> Type a name
        </Button>
      </div>
    )
  }
  return (
    <form
      className="asset-name"
      onSubmit={(event) => {
        event.preventDefault()
        setEdited(undefined)
        if (edited.trim() !== asset.name) void rename(asset, edited.trim())
      }}
    >
      <h1 className="hidden">
        <Wire text={shown} />
      </h1>
      <input
        // The field was asked for by a press: the next thing is to type.
        autoFocus
        value={edited}
        aria-label="Name of the asset"
        maxLength={100}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setEdited(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setEdited(undefined)
        }}
      />
      <button type="submit" className="button button-strong">
        Save <kbd>Enter</kbd>
      </button>
      <Button onPress={() => setEdited(undefined)} keys="Esc" kind="quiet">
        Cancel
      </Button>
    </form>
  )
}
