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

/** What rules count of an operation: one of many strangers does not answer for the others. */
export function countedAs(doc: Doc, { source, destination }: Ends): Doc {
  const counted: Facts = { ...doc }
  for (const [side, { isMany }] of [
    ['source', source],
    ['destination', destination],
  ] as const) {
    if (isMany !== true) continue
    for (const part of ['ip', 'mac', 'port']) delete counted[`${side}.${part}`]
  }
  return counted
}
