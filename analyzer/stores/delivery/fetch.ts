/**
 * What people did at the cluster comes back to the sensor: its judgement, and the store that is
 * shown while the cluster is away.
 */
import type { ForeignAct } from '../outbox.ts'
import { isoTime } from '../rows.ts'
import type { Origin } from '../store.ts'
import type { Parts } from './cargo.ts'
import { reasonOf } from './traffic.ts'

const EVERY_MS = 5000
/** Clocks of consoles differ, and acts that waited for a cluster arrive late. */
const OVERLAP_MS = 10 * 60_000
/** So often everything is looked through, as at the beginning. */
const WHOLE_EVERY_MS = 3600_000
/** Of one look; the next goes on from what was taken. */
const PAGES_MAX = 1000

export class ActFetch {
  readonly #parts: Omit<Parts, 'flights'>
  readonly #trusted: () => readonly string[]
  #due = 0
  #wholeDue = 0

  constructor(parts: Omit<Parts, 'flights'>, trusted: () => readonly string[]) {
    this.#parts = parts
    this.#trusted = trusted
  }

  /** False: the cluster did not answer. `isTrial`: whether it does is to be known now. */
  async step(isTrial: boolean): Promise<boolean> {
    const { depot, clock, traffic } = this.#parts
    const now = clock.now()
    if (now < this.#due && !isTrial) return true
    this.#due = now + EVERY_MS
    const isWhole = now >= this.#wholeDue
    let held = 0
    for (const from of await depot.sensors()) {
      const taken = await this.#take(from, isWhole)
      // The cluster went away: all is asked again.
      if (taken === undefined) return false
      held += taken
    }
    traffic.held = isWhole ? held : Math.max(traffic.held, held)
    if (isWhole) this.#wholeDue = now + WHOLE_EVERY_MS
    return true
  }

  async #take({ sensor, site }: Origin, isWhole: boolean): Promise<number | undefined> {
    const { depot, cluster, clock, traffic } = this.#parts
    const key = `acts.${sensor}`
    const now = clock.now()
    const mark = Number((await depot.getMeta(key)) ?? 0)
    const since = isWhole ? 0 : Math.max(0, mark - OVERLAP_MS)
    const acts = cluster.actsSince({ sensor, site }, isoTime(since * 1000))
    const pages = acts[Symbol.asyncIterator]()
    let [held, newest] = [0, mark]
    for (let i = 0; i < PAGES_MAX; i++) {
      const page = await pages.next().catch((error: unknown) => traffic.failed(reasonOf(error)))
      if (page === undefined) return undefined
      if (page.done === true) break
      held += (await depot.takeActs(page.value, this.#trusted())).held
      for (const act of page.value) newest = Math.max(newest, timeOf(act))
    }
    // A console whose clock is ahead must not hide what others do.
    const next = Math.min(newest, now)
    if (next > mark) await depot.setMeta(key, String(next))
    return held
  }
}

function timeOf(act: ForeignAct): number {
  const ms = Date.parse(act.kind === 'finding' ? act.act.time : act.typed.time)
  return Number.isNaN(ms) ? 0 : ms
}
