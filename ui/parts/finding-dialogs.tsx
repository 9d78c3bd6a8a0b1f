/** What is asked before a finding is closed, noted on or approved. */
import { useState } from 'react'
import type { CloseReason } from '../../analyzer/api/schema.ts'
import { act, reasonKeys, reasonWords } from '../data/actions.ts'
import { plural } from '../text/number.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Wire } from './wire.tsx'

const reasons = Object.keys(reasonWords) as CloseReason[]

export const nothingToApprove =
  'This finding is not about something new, so there is nothing to approve: close it as benign.'

interface AskProps {
  ids: readonly string[]
  onDone: () => void
}

interface ApproveProps extends AskProps {
  /** Not known before the finding was read; of several it is not said. */
  approves: readonly string[] | undefined
  severe: string
}

/** What is severe does not become usual by one slip of a finger. */
export function ApproveDialog({ ids, approves, severe, onDone }: ApproveProps) {
  const one = ids.length === 1
  const ready = !one || (approves !== undefined && approves.length > 0)
  const approve = (): void => {
    if (!ready) return
    onDone()
    void act(ids, { action: 'approve' })
  }
  return (
    <Dialog title={`Approve ${severe} as normal?`} onClose={onDone}>
      {one ? (
        <Usual approves={approves} />
      ) : (
        <p>
          What each of these {plural(ids.length, 'finding')} would add to the baseline becomes
          usual, and raises nothing any more.
        </p>
      )}
      <div className="choices">
        <Button onPress={approve} keys="Enter" kind="strong" disabled={!ready} focus>
          Approve as normal
        </Button>
      </div>
    </Dialog>
  )
}

function Usual({ approves }: { approves: readonly string[] | undefined }) {
  if (approves === undefined) return <p>Reading what would become usual…</p>
  if (approves.length === 0) return <p>{nothingToApprove}</p>
  const entries = plural(approves.length, 'baseline entry', 'baseline entries')
  return (
    <>
      <p>From then on this is usual, and raises nothing any more: {entries}.</p>
      <Entries texts={approves} />
    </>
  )
}

/** Baseline entries, one a line. */
export function Entries({ texts }: { texts: readonly string[] }) {
  return (
    <ul className="plain entries" tabIndex={0} role="region" aria-label="Baseline entries">
      {texts.map((text, at) => (
        <li key={at}>
          <Wire text={text} limit={300} mono />
        </li>
      ))}
    </ul>
  )
}

export function CloseDialog({ ids, onDone }: AskProps) {
  const close = (reason: CloseReason): void => {
    onDone()
    void act(ids, { action: 'close', reason })
  }
  return (
    <Dialog
      title={`Close ${plural(ids.length, 'finding')}: why?`}
      onClose={onDone}
      onKeyDown={(event) => {
        const reason = reasons.find((item) => reasonKeys[item] === event.key)
        if (reason === undefined || event.ctrlKey || event.metaKey) return
        event.preventDefault()
        close(reason)
      }}
    >
      <div className="choices">
        {reasons.map((reason) => (
          <Button key={reason} onPress={() => close(reason)} keys={reasonKeys[reason]}>
            {reasonWords[reason]}
          </Button>
        ))}
      </div>
      <p className="dim">
        A true positive opens again with its next match; a rise in severity opens any.
      </p>
    </Dialog>
  )
}

export function NoteDialog({ ids, onDone }: AskProps) {
  const [note, setNote] = useState('')
  const save = (): void => {
    if (note.trim() === '') return
    onDone()
    void act(ids, { action: 'comment', note: note.trim() })
  }
  return (
    <Dialog title={`Note on ${plural(ids.length, 'finding')}`} onClose={onDone}>
      <textarea
        rows={5}
        data-focus
        value={note}
        aria-label="Note"
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
        }}
      />
      <Button onPress={save} keys="Ctrl+Enter" kind="strong" disabled={note.trim() === ''}>
        Save the note
      </Button>
    </Dialog>
  )
}
