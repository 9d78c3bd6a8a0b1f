/** Who: the plant's name when it is known, with its address and zone. */
import type { Party } from '../../analyzer/api/schema.ts'
import { partyAddress, partyName } from '../text/sentence.ts'
import { wirePlain } from '../text/wire.ts'
import { Wire } from './wire.tsx'

const NAME_LIMIT = 48
const ROW_NAME_LIMIT = 28
/** Up to here a name is not broken at its hyphens. */
const SHORT_NAME = 20

export function ZoneChip({ zone, still = false }: { zone: string; still?: boolean }) {
  if (zone === '') return null
  return (
    <span className="chip" data-tip={`Zone ${wirePlain(zone)}`}>
      <Wire text={zone} limit={24} still={still} />
    </span>
  )
}

interface PartyProps {
  party: Party
  /** The address too, where a name stands in its place. */
  address?: boolean
  zone?: boolean
  /** In a row: shorter, and without controls. */
  still?: boolean
}

export function PartyName(props: PartyProps) {
  const { party, address = false, zone = true, still = false } = props
  const second = partyAddress(party)
  const named = party.name !== ''
  return (
    <span
      className={partyName(party).length > SHORT_NAME ? 'party' : 'party party-short'}
      {...(second === '' ? {} : { 'data-tip': wirePlain(second) })}
    >
      <Wire
        text={partyName(party)}
        limit={still ? ROW_NAME_LIMIT : NAME_LIMIT}
        mono={!named}
        still={still}
      />
      {address && second !== '' && (
        <span className="dim">
          <Wire text={second} limit={NAME_LIMIT} mono />
        </span>
      )}
      {zone && <ZoneChip zone={party.zone} still={still} />}
    </span>
  )
}

/** What concerns no host: a finding about the sensor itself. */
export function isNobody({ name, ip, mac }: Party): boolean {
  return name === '' && ip === '' && mac === ''
}

export function Direction({ source, target }: { source: Party; target: Party }) {
  if (isNobody(source) && isNobody(target)) return <span className="dim">the sensor itself</span>
  return (
    <span className="direction">
      <PartyName party={source} still />
      <span className="arrow" aria-label="to">
        →
      </span>
      <PartyName party={target} still />
    </span>
  )
}
