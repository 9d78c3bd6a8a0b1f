/** A shipper that is driven turn by turn, for tests; it can be killed at any call it makes. */
import { seeded } from '../fault/random.ts'
import type { Dirty, Slice } from '../outbox.ts'
import type { Cluster } from './cluster.ts'
import type { Depot } from './depot.ts'
import type { FaultyCluster } from './faulty-cluster.ts'
import type { MemoryDepot } from './memory-depot.ts'
import type { ShipperOptions } from './shipper.ts'
import { Shipper } from './shipper.ts'

const KILLED = Symbol('killed')

export interface Driven {
  readonly shipper: Shipper
  /** One turn and its pause; false: the process is dead. */
  turn(): Promise<boolean>
}

/** With `killAt` the process dies at that call, of the store or of the cluster; from 1. */
export function driven(
  depot: MemoryDepot,
  cluster: FaultyCluster,
  options: Partial<ShipperOptions> & { killAt?: number; seed?: number } = {},
): Driven {
  const { killAt = Number.POSITIVE_INFINITY, seed = 1, ...rest } = options
  const died = Promise.withResolvers<typeof KILLED>()
  let calls = 0
  const mortal = <T extends object>(whole: T): T =>
    new Proxy(whole, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          if (name === 'addressOf' || name === 'bodyOf') return Reflect.apply(value, target, args)
          calls++
          if (calls === killAt) died.resolve(KILLED)
          // Half of the deaths come after the call was carried out, and before it was answered.
          const isCarriedOut = calls < killAt || (calls === killAt && killAt % 2 === 0)
          const answer: unknown = isCarriedOut ? Reflect.apply(value, target, args) : undefined
          if (calls < killAt) return answer
          // Nobody is there any more to hear of it.
          if (answer instanceof Promise) answer.catch(() => {})
          return new Promise(() => {})
        }
      },
    })
  const random = seeded(seed)
  const shipper = new Shipper({
    depot: mortal<Depot>(depot),
    cluster: mortal<Cluster>(cluster),
    clock: {
      now: () => cluster.now,
      random,
      sleep: (ms) => Promise.resolve(cluster.pass(ms)),
    },
    trusted: () => [],
    ...rest,
  })
  const turn = async (): Promise<boolean> => {
    const pause = await Promise.race([shipper.turn(), died.promise])
    if (pause === KILLED) return false
    cluster.pass(pause)
    return true
  }
  return { shipper, turn }
}

export function isDone(depot: MemoryDepot): boolean {
  const isShipped = [...depot.segments.values()].every(({ docs, mark }) => mark >= docs.length)
  const isReplayed = [...depot.buried.values()].some((letter) => letter.isReplayed)
  return isShipped && depot.waiting.size === 0 && depot.open.size === 0 && !isReplayed
}

/** Until nothing is left to do; how many turns it took. */
export async function drain(one: Driven, depot: MemoryDepot, turnsMax = 5000): Promise<number> {
  for (let turns = 1; turns <= turnsMax; turns++) {
    if (!(await one.turn())) throw new Error('it was killed')
    if (isDone(depot)) return turns
  }
  throw new Error(`not done after ${turnsMax} turns: ${JSON.stringify(one.shipper.state)}`)
}

export const from = { sensor: 's1', site: 'north' }

export function observations(count: number, dataset = 'ot.modbus', prefix = 'o'): Slice['docs'] {
  return Array.from({ length: count }, (_, i) => {
    const id = `${prefix}${String(i).padStart(4, '0')}`
    return {
      doc: { 'event.id': id, 'event.dataset': dataset, 'mqtt.payload': 'x'.repeat(20) },
      from,
    }
  })
}

export function audit(id: string, revision = 1): Dirty {
  const record = {
    id,
    time: '',
    who: 'ana',
    action: 'comment',
    sensor: 's1',
    subject: '',
    note: '',
  }
  const head = { kind: 'audit', id, from, revision, since: 0, tries: 0, place: '' } as const
  return { ...head, record: record as never }
}
