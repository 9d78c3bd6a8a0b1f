/** labels.json: what is in a recording and what a right sensor finds in it. */

import type { Plant } from '../plan/plant.ts'
import type { Played } from '../stage/story.ts'
import type { Counts } from './counts.ts'
import type { Lost } from './slices.ts'

export type HostLabel = {
  readonly name: string
  readonly ip: string
  readonly mac: string
  readonly zone: string
  readonly role: string
}

export type MisuseLabel = {
  readonly name: string
  readonly start: string
  readonly end: string
  readonly source: { readonly ip: string; readonly mac: string; readonly name: string }
  readonly target: { readonly ip: string }
  readonly what: string
  readonly expected: readonly string[]
  readonly possible: readonly string[]
  readonly capture: string
}

export type Labels = {
  readonly seed: number
  readonly recorded: string
  readonly hosts: readonly HostLabel[]
  readonly misuse: readonly MisuseLabel[]
  /** Frames that the mirror lost: they were sent and are not in the capture. */
  readonly lost: readonly Lost[]
  /** Frames per protocol and recording, as tshark counts them. */
  readonly counts: Readonly<Record<string, Counts>>
}

export function makeLabels(
  plant: Plant,
  recorded: string,
  played: readonly Played[],
  lost: readonly Lost[],
  counts: Labels['counts'],
): Labels {
  return {
    seed: plant.seed,
    recorded,
    hosts: Object.values(plant.hosts).map(({ name, ip, mac, zone, role }) => ({
      name,
      ip,
      mac,
      zone: plant.zones.find((each) => each.key === zone)?.id ?? '',
      role,
    })),
    misuse: played.map(({ misuse, start, end }) => {
      const { ip, mac, name } = plant.hosts[misuse.source]
      return {
        name: misuse.name,
        start,
        end,
        source: { ip, mac, name },
        target: { ip: plant.hosts[misuse.target].ip },
        what: misuse.what,
        expected: misuse.expected,
        possible: misuse.possible,
        capture: `misuse/${misuse.name}.pcapng`,
      }
    }),
    lost,
    counts,
  }
}
