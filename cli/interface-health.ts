/** What the Sensor page shows of each interface of a live capture, and what is wrong with one. */
import { isoTime } from '#sensor'
import type { InterfaceStatus } from '#sensor'
import type { HealthSnapshot } from '#analyzer'
import { moment } from './event-text.ts'
import { countText } from './print.ts'
import type { interfacesOf } from './watch.ts'

/** A live mirror port that is silent for longer is amber, then red (capture.md, stack). */
const SILENT_MS_AMBER = 10_000
const SILENT_MS_RED = 60_000
const CHECK = "check the cable and the switch's mirror session"

type InterfaceHealth = NonNullable<HealthSnapshot['interfaces']>[number]

export function interfaceHealth(status: InterfaceStatus): InterfaceHealth {
  return {
    name: status.name,
    way: status.way,
    packets: status.packets,
    received: status.received ?? null,
    lost: status.dropped ?? null,
    lost_by_interface: status.droppedByInterface ?? null,
    freezes: status.freezes ?? null,
    transmitted: status.transmitted ?? null,
    silent_ms: Math.round(status.silentMs),
    away: status.away?.reason ?? '',
    away_since: status.away === undefined ? '' : isoTime(status.away.begin),
    gaps: status.gaps.at(-1)?.number ?? 0,
    counters: { ...status.counters },
    limits: [...status.limits],
  }
}

/** One that cannot say leaves the others' word; null where none of them can. */
export function transmittedBy(interfaces: readonly InterfaceStatus[]): number | null {
  const known = interfaces.flatMap(({ transmitted }) => transmitted ?? [])
  return known.length === 0 ? null : known.reduce((sum, sent) => sum + sent, 0)
}

/** Mostly the kernel itself: router solicitations, multicast listener reports (RFC 4861, 3810). */
function sentBy(name: string): string {
  return (
    'this machine itself sent there, Fieldtap did not; ' +
    `sysctl net.ipv6.conf.${name}.disable_ipv6=1, ip link set ${name} arp off, and no address`
  )
}

export interface Reasons {
  readonly red: string[]
  readonly amber: string[]
}

/** What is wrong; silence is no fault of a capture that has ended. */
export function interfaceReasons(
  interfaces: ReturnType<typeof interfacesOf>,
  isRunning: boolean,
): Reasons {
  const [red, amber]: [string[], string[]] = [[], []]
  for (const { name, away, silentMs, transmitted = 0 } of interfaces) {
    const quiet = `no packet for ${Math.round(silentMs / 1000)} s on ${name}: ${CHECK}`
    if (isRunning && away !== undefined) {
      const since = moment(isoTime(away.begin))
      const advice = away.reason === 'no carrier' ? `; ${CHECK}` : ''
      red.push(`nothing is captured on ${name} since ${since}: ${away.reason}${advice}`)
    } else if (isRunning && silentMs >= SILENT_MS_RED) red.push(quiet)
    else if (isRunning && silentMs >= SILENT_MS_AMBER) amber.push(quiet)
    // It is no reason to doubt what was received; and the sensor opens nothing that can send.
    if (transmitted > 0) {
      amber.push(`${countText(transmitted, 'frame')} left by ${name}: ${sentBy(name)}`)
    }
  }
  return { red, amber }
}
