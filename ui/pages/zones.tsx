/** Who may talk to whom, and who does: rows initiate, columns answer. */
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Suspense, lazy } from 'react'
import type { ZoneMatrix } from '../../analyzer/api/schema.ts'
import { useAddress, useScope, useSensors } from '../data/hooks.ts'
import { zonesQuery } from '../data/queries.ts'
import { Button } from '../parts/button.tsx'
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
  const scope = useScope()
  const query = useQuery(zonesQuery(scope))
  const sites = new Set(useSensors().map(({ site }) => site))
  // Equal names of two sites are different zones: each site has a matrix of its own.
  if (sites.size > 1 && scope.site === undefined && scope.sensor === undefined) {
    return <ChooseSite sites={[...sites]} />
  }
  return (
    <div className="list-page">
      <Reading query={query} what="the zones">
        {(matrix) => <Zones matrix={matrix} />}
      </Reading>
    </div>
  )
}

function ChooseSite({ sites }: { sites: readonly string[] }) {
  const change = useAddress()
  return (
    <div className="list-page">
      <div className="list-head">
        <h1>Zones</h1>
      </div>
      <Empty title="Which site?">
        <p>Each site has zones of its own. Choose the one to look at.</p>
        <p className="choices">
          {sites.map((site) => (
            <Button key={site} onPress={() => change({ site }, { push: true })}>
              <Wire text={site} limit={40} still />
            </Button>
          ))}
        </p>
      </Empty>
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
