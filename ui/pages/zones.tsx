/** Who may talk to whom, and who does: rows initiate, columns answer. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Suspense, lazy } from 'react'
import type { ZoneMatrix } from '../../analyzer/api/schema.ts'
import { useAddress } from '../data/hooks.ts'
import { zonesQuery } from '../data/queries.ts'
import { CellAside } from '../parts/cell-aside.tsx'
import { Empty, Loading, Reading } from '../parts/states.tsx'
import { When } from '../parts/when.tsx'
import { Wire } from '../parts/wire.tsx'
import { Legend, Matrix } from '../parts/zone-matrix.tsx'

const route = getRouteApi('/zones')
const ZoneMap = lazy(() =>
  import('../parts/zone-map.tsx').then((part) => ({ default: part.ZoneMap })),
)

export function ZonesPage() {
  const query = useQuery(zonesQuery)
  return (
    <div className="list-page">
      <Reading query={query} what="the zones">
        {(matrix) => <Zones matrix={matrix} />}
      </Reading>
    </div>
  )
}

function Zones({ matrix }: { matrix: ZoneMatrix }) {
  const { show, from_zone: from, to_zone: to } = route.useSearch()
  const change = useAddress()
  const open = (a: string, b: string): void => {
    // Back closes what was opened; from one cell to the next is one step.
    change({ from_zone: a, to_zone: b }, { push: from === undefined })
  }
  return (
    <>
      <div className="list-head">
        <h1>Zones</h1>
        <div className="tabs" role="group" aria-label="Show as">
          <button
            type="button"
            aria-pressed={show !== 'map'}
            onClick={() => change({ show: undefined })}
          >
            Matrix
          </button>
          <button
            type="button"
            aria-pressed={show === 'map'}
            onClick={() => change({ show: 'map' })}
          >
            Map
          </button>
        </div>
        <Policy policy={matrix.policy} />
      </div>
      {matrix.zones.length === 0 ? (
        <Empty title="No zone is known yet.">
          <p>
            Zones come from the policy file (`policy` in fieldtap.yaml), or from the subnets seen.
          </p>
        </Empty>
      ) : (
        <div className="with-aside">
          <div className="zones">
            <Legend />
            {show === 'map' ? (
              <Suspense fallback={<Loading what="the map" />}>
                <ZoneMap matrix={matrix} onOpen={open} />
              </Suspense>
            ) : (
              <Matrix matrix={matrix} from={from} to={to} onOpen={open} />
            )}
          </div>
          {from !== undefined && to !== undefined && (
            <CellAside matrix={matrix} from={from} to={to} />
          )}
        </div>
      )}
    </>
  )
}

function Policy({ policy }: { policy: ZoneMatrix['policy'] }) {
  if (policy === null) {
    return <span className="warning">No policy is declared: traffic is shown, not judged.</span>
  }
  return (
    <span className="dim">
      Policy <Wire text={policy.file} mono /> version {policy.version}
      {policy.approved_at !== '' && (
        <>
          , approved <When iso={policy.approved_at} long />
        </>
      )}
    </span>
  )
}
