/** An empty list says whether the plant is quiet or the sensor is blind. */
import { Link } from '@tanstack/react-router'
import type { Health } from '../../analyzer/api/schema.ts'
import { useAddress, useRange } from '../data/hooks.ts'
import { rangeDefault, rangeWords } from '../text/address.ts'
import type { FindingSearch, View } from '../text/address.ts'
import { rough } from '../text/number.ts'
import { vouch } from '../text/sentence.ts'
import { Button } from './button.tsx'
import { Empty } from './states.tsx'
import { WireList } from './wire.tsx'

const kinds: Readonly<Record<View, string>> = {
  open: 'No open findings',
  acknowledged: 'No acknowledged findings',
  closed: 'No closed findings',
  all: 'No findings',
  posture: 'No posture findings',
}

export function NoFindings({
  search,
  health,
}: {
  search: FindingSearch
  health: Health | undefined
}) {
  const address = useAddress()
  const range = useRange()
  const when =
    range.from === undefined
      ? `in ${rangeWords[range.range ?? rangeDefault]}`
      : 'in this time range'
  const { q, severity, rule, asset } = search
  const filtered = [q, severity, rule, asset].some((value) => value !== undefined)
  const clear = { q: undefined, severity: undefined, rule: undefined, asset: undefined }
  return (
    <Empty
      title={`${kinds[search.view ?? 'open']} ${when}${filtered ? ' that match the filter' : ''}.`}
    >
      <p>{vouch(health, rough(health?.packets ?? 0))}</p>
      {health?.phase === 'learning' && (
        <p>It still learns what is normal here: what is new is not reported as new yet.</p>
      )}
      {health !== undefined && health.level !== 'grey' && (
        <p className="warning">
          The sensor is not well: <WireList texts={health.reasons} />{' '}
          <Link to="/sensor">Open Sensor</Link>
        </p>
      )}
      <div className="choices">
        {filtered && <Button onPress={() => address(clear)}>Clear the filter</Button>}
        {range.range !== 'all' && (
          <Button onPress={() => address({ range: 'all', from: undefined, to: undefined })}>
            Show all that was captured
          </Button>
        )}
        {search.view !== 'posture' && (
          <Button onPress={() => address({ ...clear, view: 'posture' })}>Show posture</Button>
        )}
      </div>
    </Empty>
  )
}
