/** One asset: what it is, how that is known, whom it talks to. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import type { AssetRow } from '../../analyzer/api/schema.ts'
import { useScope, useSensors } from '../data/hooks.ts'
import { useKeys } from '../data/keys.ts'
import { useAll } from '../data/pages.ts'
import { assetQuery, conversationsQuery } from '../data/queries.ts'
import { AssetName } from '../parts/asset-name.tsx'
import { Attributes } from '../parts/attributes.tsx'
import { Button } from '../parts/button.tsx'
import { conversationColumns } from '../parts/conversation-columns.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { ZoneChip } from '../parts/party.tsx'
import { ConversationPlot } from '../parts/rate-plot.tsx'
import { Reading } from '../parts/states.tsx'
import { When } from '../parts/when.tsx'
import { Wire, WireList } from '../parts/wire.tsx'
import { plural } from '../text/number.ts'

const route = getRouteApi('/assets/$id')

export function AssetPage() {
  const { id } = route.useParams()
  const query = useQuery(assetQuery(id))
  const router = useRouter()
  const navigate = useNavigate()
  const back = (): void => {
    if (router.history.canGoBack()) router.history.back()
    else void navigate({ to: '/assets' })
  }
  useKeys({ Escape: back })
  return (
    <div className="reading-page wide">
      <p>
        <Button onPress={back} keys="Esc" kind="quiet">
          ← Back
        </Button>
      </p>
      <Reading query={query} what="the asset">
        {(asset) => (
          <>
            <AssetName asset={asset} />
            <Facts asset={asset} />
            <Attributes rows={asset.attributes} />
            <Talks asset={asset} />
          </>
        )}
      </Reading>
    </div>
  )
}

function Facts({ asset }: { asset: AssetRow }) {
  return (
    <dl className="facts">
      <dt>Address</dt>
      <dd>
        <WireList texts={[...asset.ip, ...asset.mac]} mono copy />
      </dd>
      <SeenBy asset={asset} />
      <dt>Zone</dt>
      <dd>
        {asset.zone === '' ? <span className="dim">none</span> : <ZoneChip zone={asset.zone} />}
      </dd>
      <dt>Roles</dt>
      <dd>
        <WireList texts={asset.roles} />
      </dd>
      <dt>Protocols</dt>
      <dd>
        <WireList texts={asset.protocols} />
      </dd>
      <dt>Seen</dt>
      <dd>
        <When iso={asset.first} long focusable /> – <When iso={asset.last} long focusable />
      </dd>
      <dt>Findings</dt>
      <dd>
        <Link to="/findings" search={{ asset: asset.id, view: 'all', range: 'all' }}>
          {plural(asset.findings, 'finding')}
        </Link>
      </dd>
    </dl>
  )
}

/** Where there are several sensors. */
function SeenBy({ asset }: { asset: AssetRow }) {
  if (useSensors().length < 2) return null
  return (
    <>
      <dt>Site</dt>
      <dd>
        <Wire text={asset.site} />
      </dd>
      <dt>Seen by</dt>
      <dd>
        <WireList texts={asset.sensors} mono />
      </dd>
    </>
  )
}

function Talks({ asset }: { asset: AssetRow }) {
  const navigate = useNavigate()
  const query = useInfiniteQuery(conversationsQuery('', useScope(), asset.id))
  const { rows } = useAll(query)
  return (
    <section>
      <h2>Conversations</h2>
      <Reading query={query} what="its conversations">
        {() =>
          rows.length === 0 ? (
            <p className="dim">It has talked to nobody that the sensor saw.</p>
          ) : (
            <>
              <ConversationPlot lines={rows} />
              <div className="short-table">
                <DataTable
                  label="Conversations of this asset"
                  columns={conversationColumns}
                  rows={rows}
                  rowId={(row) => row.id}
                  sort=""
                  onSort={() => undefined}
                  onPress={({ id: sel, source, target }) => {
                    const q = [source, target].map((party) => party.ip || party.mac).join(' ')
                    void navigate({ to: '/conversations', search: { q: q.trim(), sel } })
                  }}
                />
              </div>
            </>
          )
        }
      </Reading>
    </section>
  )
}
