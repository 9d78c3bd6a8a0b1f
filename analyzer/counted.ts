/** What correlations count of an operation, and what their finding cites of it. */
import type { Operation } from '#sensor'
import { eventId } from '#sensor'
import type { Doc, Facts } from './facts.ts'
import type { Ends } from './inventory/inventory.ts'
import type { Contribution } from './sigma/correlation.ts'

/** An operation that a correlation counted; its id is made when a finding names it. */
export class Cited implements Contribution {
  readonly packets: readonly number[]
  readonly #sensor: string
  readonly #flow: Operation['flow']
  readonly #time: number
  readonly #sequence: number

  constructor(sensor: string, { flow, time, sequence, packets }: Operation) {
    this.#sensor = sensor
    this.#flow = flow
    this.#time = time
    this.#sequence = sequence
    this.packets = packets
  }

  get eventId(): string {
    return eventId(this.#sensor, this.#time, this.#flow.id, this.#sequence)
  }
}

/** What tells who of many it was. */
const sides = new Map<string, 'source' | 'destination'>(
  (['source', 'destination'] as const).flatMap((side) => {
    return ['ip', 'mac', 'port'].map((part) => [`${side}.${part}`, side] as const)
  }),
)

/** What rules count of an operation: one of many strangers does not answer for the others. */
export function countedAs(doc: Doc, { source, destination }: Ends): Doc {
  if (source.isMany !== true && destination.isMany !== true) return { ...doc }
  const counted: Facts = {}
  for (const field of Object.keys(doc)) {
    const side = sides.get(field)
    if (side === undefined || (side === 'source' ? source : destination).isMany !== true) {
      counted[field] = doc[field]!
    }
  }
  return counted
}
