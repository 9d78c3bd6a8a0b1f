/** Who: the plant's name when it is known, with its address and zone. */
import type { Party } from '../../analyzer/api/schema.ts'
import { partyAddress, partyName } from '../text/sentence.ts'
import { wirePlain } from '../text/wire.ts'
import { Wire } from './wire.tsx'

const NAME_LIMIT = 48

export function ZoneChip({ zone }: { zone: string }) {
  if (zone === '') return null
  return (
    <span className="chip" data-tip={`Zone ${wirePlain(zone)}`}>
      <Wire text={zone} limit={24} />
    </span>
  )
}

interface PartyProps {
  party: Party
  /** The address too, where a name stands in its place. */
  address?: boolean
  zone?: boolean
}

export function PartyName({ party, address = false, zone = true }: PartyProps) {
  const second = partyAddress(party)
  const named = party.name !== ''
  return (
    <span className="party" {...(second === '' ? {} : { 'data-tip': wirePlain(second) })}>
      <Wire text={partyName(party)} limit={NAME_LIMIT} mono={!named} />
      {address && second !== '' && (
        <span className="dim">
          <Wire text={second} limit={NAME_LIMIT} mono />
        </span>
      )}
      {zone && <ZoneChip zone={party.zone} />}
    </span>
  )
}

export function Direction({ source, target }: { source: Party; target: Party }) {
  return (
    <span className="direction">
      <PartyName party={source} />
      <span className="arrow" aria-label="to">
        →
      </span>
      <PartyName party={target} />
    </span>
  )
}
