/** Whether the sensor sees, loses and understands: what every other page rests on. */
import { useQuery } from '@tanstack/react-query'
import type { Health } from '../../analyzer/api/schema.ts'
import { Suspense, lazy } from 'react'
import { useScope, useSensors, useSeveral } from '../data/hooks.ts'
import { deliveryQuery, healthQuery } from '../data/queries.ts'
import { Accounting } from '../parts/accounting.tsx'
import { Counters } from '../parts/counters.tsx'
import { Interfaces } from '../parts/interfaces.tsx'
import { RatePlot } from '../parts/rate-plot.tsx'
import { Reading } from '../parts/states.tsx'
import { When } from '../parts/when.tsx'
import { Wire } from '../parts/wire.tsx'
import { isLossy, upstreamText } from '../text/accounting.ts'
import { bytes, count, share } from '../text/number.ts'

export function SensorPage() {
  const query = useQuery(healthQuery(useScope()))
  return (
    <div className="reading-page wide">
      <h1>Sensor</h1>
      <Reading query={query} what="the sensor's health">
        {(health) => (
          <>
            <Level health={health} />
            <Fleet />
            <Rate rate={health.rate} />
            <Figures health={health} />
            <Interfaces rows={health.interfaces} />
            <Accounting accounts={health.accounting} />
            <Coverage rows={health.coverage} />
            <Events rows={health.events} />
            <Counters />
          </>
        )}
      </Reading>
    </div>
  )
}

/** Read only where there is more than this sensor: most have one, and no cluster. */
const Sensors = lazy(() =>
  import('../parts/fleet-list.tsx').then((part) => ({ default: part.FleetList })),
)
const DeliveryBlock = lazy(() =>
  import('../parts/delivery.tsx').then((part) => ({ default: part.DeliveryBlock })),
)

function Fleet() {
  const several = useSensors().length > 1
  const delivers = useQuery(deliveryQuery).data?.isConfigured === true
  return (
    <>
      <Suspense fallback={null}>{several && <Sensors />}</Suspense>
      <Suspense fallback={null}>{delivers && <DeliveryBlock />}</Suspense>
    </>
  )
}

function Level({ health }: { health: Health }) {
  const several = useSeveral()
  if (health.level === 'grey') {
    const said = several ? 'The sensors report' : 'The sensor reports'
    return <p className="level">● {said} no trouble.</p>
  }
  const who = several ? 'A sensor' : 'The sensor'
  return (
    <div className={`level level-${health.level}`} role="alert">
      <p>
        {health.level === 'amber'
          ? `▲ ${who} is hampered.`
          : `◆ ${who} cannot vouch for what is shown.`}
      </p>
      <ul>
        {health.reasons.map((reason, at) => (
          <li key={at}>
            <Wire text={reason} limit={400} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function Rate({ rate }: { rate: Health['rate'] }) {
  const [values, end] = [rate?.packets ?? [], Date.parse(rate?.last ?? '') / 60_000]
  return <RatePlot what="Packets" values={values} end={end} />
}

const modes: ReadonlyMap<string, string> = new Map([
  ['demo', 'demonstration: a recorded plant, replayed'],
  ['file', 'replay of'],
  ['live', 'live capture on'],
  ['none', 'no capture'],
  ['several', 'of several sensors:'],
])

function Figures({ health }: { health: Health }) {
  const several = useSeveral()
  const why = health.mode === 'live' ? 'this way of capture cannot say' : 'a file sends nothing'
  const unknown = <span className="dim">{why}</span>
  return (
    <dl className="facts">
      <dt>Sensor</dt>
      <dd>
        {several ? 'several' : <Wire text={health.sensor} mono />}{' '}
        <span className="dim">
          Fieldtap <Wire text={health.version} />
        </span>
      </dd>
      <dt>Capture</dt>
      <dd>
        {modes.get(health.mode) ?? <Wire text={health.mode} />}{' '}
        <Wire text={health.source} mono copy />
      </dd>
      <dt>State</dt>
      <dd>
        <Wire text={health.state} /> <Wire text={health.state_reason} />
      </dd>
      {health.folder !== undefined && health.folder !== '' && (
        <>
          <dt>Store</dt>
          <dd>
            <Wire text={health.folder} limit={200} mono copy />
          </dd>
        </>
      )}
      <dt>Baseline</dt>
      <dd>
        <Wire text={health.phase} />
      </dd>
      <dt>Captured</dt>
      <dd>
        <When iso={health.capture_first} long focusable /> –{' '}
        <When iso={health.capture_last} long focusable />
      </dd>
      <dt>Packets</dt>
      <dd className="tabular">
        {count(health.packets)}, {bytes(health.bytes)}, now {count(health.packets_per_second)} per
        second
      </dd>
      <dt>Lost</dt>
      <dd className="tabular">
        <Loss health={health} />
      </dd>
      <dt>Transmitted</dt>
      <dd className="tabular">
        {health.transmitted === null ? unknown : count(health.transmitted)}
        {health.transmitted !== null && health.transmitted > 0 && (
          <span className="warning"> By this machine itself, not by Fieldtap.</span>
        )}
      </dd>
    </dl>
  )
}

/** By cause: where it was lost says what to do about it. */
function Loss({ health }: { health: Health }) {
  const { kernel, interface: card } = health.loss
  const text = (lost: number | null): string => (lost === null ? 'not known' : count(lost))
  return (
    <ul className="plain">
      {kernel === null && card === null ? (
        <li className="dim">on this machine: this way of capture cannot say</li>
      ) : (
        <li>
          in the kernel {text(kernel)}, in the interface {text(card)}
        </li>
      )}
      <li>
        before the sensor {upstreamText(health)}
        {isLossy(health) && <span className="warning"> The mirror loses packets.</span>}
      </li>
    </ul>
  )
}

function Coverage({ rows }: { rows: Health['coverage'] }) {
  return (
    <section>
      <h2>What was understood</h2>
      {rows.length === 0 ? (
        <p className="dim">No industrial protocol was recognised yet.</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label="Coverage">
          <table className="plain-table">
            <thead>
              <tr>
                <th scope="col">Protocol</th>
                <th scope="col" className="numeric">
                  Decoded
                </th>
                <th scope="col" className="numeric">
                  Messages
                </th>
                <th scope="col" className="numeric">
                  Malformed or odd
                </th>
                <th scope="col" className="numeric">
                  Gaps
                </th>
                <th scope="col" className="numeric">
                  Encrypted
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.protocol}>
                  <th scope="row">
                    <Wire text={row.protocol} />
                  </th>
                  <td className="numeric">{row.messages === 0 ? '–' : share(row.decoded)}</td>
                  <td className="numeric">{count(row.messages)}</td>
                  <td className="numeric">{count(row.malformed)}</td>
                  <td className="numeric">{count(row.gaps)}</td>
                  <td className="numeric">{count(row.encrypted)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

const eventTitles: ReadonlyMap<string, string> = new Map([
  ['gap', 'Gap:'],
  ['loss', 'Loss:'],
  ['silence', 'Silence:'],
  ['limit', 'Limit:'],
  ['clock', 'Clock:'],
  ['unaccounted', 'Not accounted for:'],
  ['transmitted', 'Transmitted:'],
  ['interface', 'Interface:'],
  ['dead-letter', 'Not stored:'],
  ['policy-expired', 'Policy:'],
])

function EventTitle({ event }: { event: string }) {
  return <strong>{eventTitles.get(event) ?? <Wire text={event} limit={40} />}</strong>
}

function Events({ rows }: { rows: Health['events'] }) {
  return (
    <section>
      <h2>Events</h2>
      {rows.length === 0 ? (
        <p className="dim">Nothing happened to the sensor.</p>
      ) : (
        <ul className="plain events">
          {rows.toReversed().map((row, at) => (
            <li key={at}>
              <When iso={row.time} focusable /> <EventTitle event={row.event} />{' '}
              <Wire text={row.text} limit={400} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
