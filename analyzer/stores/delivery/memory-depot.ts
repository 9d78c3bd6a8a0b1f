/** An outbox in memory, for tests: what it holds survives the shipper that used it. */
import type {
  Backlog,
  DeadLetter,
  DeliveryState,
  Dirty,
  Flight,
  ForeignAct,
  Slice,
} from '../outbox.ts'
import type { SensorRow } from '../store.ts'
import type { Depot } from './depot.ts'

type Waiting = Dirty & { due: number }

export class MemoryDepot implements Depot {
  readonly segments = new Map<string, { docs: Slice['docs']; mark: number }>()
  readonly waiting = new Map<string, Waiting>()
  readonly places = new Map<string, string>()
  readonly open = new Map<number, Flight & { n: number }>()
  readonly buried = new Map<string, DeadLetter & { isReplayed: boolean }>()
  readonly acts: ForeignAct[] = []
  readonly meta = new Map<string, string>()
  origins: SensorRow[] = []
  told: DeliveryState[] = []
  #flights = 0

  change(item: Dirty): void {
    const key = `${item.kind}/${item.id}`
    const place = this.places.get(key) ?? item.place
    this.waiting.set(key, { ...item, place, due: 0 })
  }

  setShipping(): Promise<void> {
    return Promise.resolve()
  }

  dirty(limit: number, now: number): Promise<Dirty[]> {
    const due = [...this.waiting.values()].filter((item) => item.due <= now)
    const oldest = due.toSorted((a, b) => a.since - b.since).slice(0, limit)
    return Promise.resolve(oldest.map((item) => ({ ...item })))
  }

  sent(done: Parameters<Depot['sent']>[0]): Promise<void> {
    for (const { kind, id, revision, place } of done) {
      const key = `${kind}/${id}`
      this.places.set(key, place)
      if (this.waiting.get(key)?.revision === revision) this.waiting.delete(key)
    }
    return Promise.resolve()
  }

  defer(items: Parameters<Depot['defer']>[0]): Promise<void> {
    for (const { kind, id, due } of items) {
      const item = this.waiting.get(`${kind}/${id}`)
      if (item !== undefined) Object.assign(item, { due, tries: item.tries + 1 })
    }
    return Promise.resolve()
  }

  slice(limit: number): Promise<Slice | undefined> {
    for (const [segment, { docs, mark }] of this.segments) {
      if (mark >= docs.length) continue
      const to = Math.min(docs.length, mark + limit)
      return Promise.resolve({ segment, after: mark, to, docs: docs.slice(mark, to) })
    }
    return Promise.resolve(undefined)
  }

  shipped(segment: string, to: number): Promise<void> {
    const file = this.segments.get(segment)
    if (file !== undefined) file.mark = Math.max(file.mark, to)
    return Promise.resolve()
  }

  beginFlight(flight: Flight): Promise<number> {
    const n = ++this.#flights
    this.open.set(n, structuredClone({ ...flight, n }))
    return Promise.resolve(n)
  }

  endFlight(n: number): Promise<void> {
    this.open.delete(n)
    return Promise.resolve()
  }

  flights(): Promise<(Flight & { n: number })[]> {
    return Promise.resolve([...this.open.values()])
  }

  bury(letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) {
      this.buried.set(letter.id, { ...letter, isReplayed: false })
      this.waiting.delete(`${letter.kind}/${letter.id}`)
    }
    return Promise.resolve()
  }

  deadLetters(): ReturnType<Depot['deadLetters']> {
    const rows = [...this.buried.values()]
    return Promise.resolve({ rows, total: rows.length, next: null })
  }

  replay(ids?: readonly string[]): Promise<number> {
    const all = [...this.buried.values()].filter(({ id }) => ids?.includes(id) ?? true)
    for (const letter of all) letter.isReplayed = true
    return Promise.resolve(all.length)
  }

  discard(ids: readonly string[]): Promise<number> {
    return Promise.resolve(ids.filter((id) => this.buried.delete(id)).length)
  }

  replayed(limit: number): Promise<DeadLetter[]> {
    const marked = [...this.buried.values()].filter(({ isReplayed }) => isReplayed)
    return Promise.resolve(marked.slice(0, limit))
  }

  exhumed(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.buried.delete(id)
    return Promise.resolve()
  }

  takeActs(acts: readonly ForeignAct[]): Promise<{ taken: number; held: number }> {
    this.acts.push(...acts)
    return Promise.resolve({ taken: acts.length, held: 0 })
  }

  putDelivery(state: DeliveryState): Promise<void> {
    this.told.push(state)
    return Promise.resolve()
  }

  delivery(): Promise<DeliveryState | undefined> {
    return Promise.resolve(this.told.at(-1))
  }

  backlog(): Promise<Backlog> {
    const observations = [...this.segments.values()]
    return Promise.resolve({
      documents: this.waiting.size,
      observations: observations.reduce((sum, { docs, mark }) => sum + docs.length - mark, 0),
      oldest_ms: 0,
      dead_letters: this.buried.size,
      lost: 0,
    })
  }

  sensors(): Promise<SensorRow[]> {
    return Promise.resolve(this.origins)
  }

  getMeta(key: string): Promise<string | undefined> {
    return Promise.resolve(this.meta.get(key))
  }

  setMeta(key: string, value: string): Promise<void> {
    this.meta.set(key, value)
    return Promise.resolve()
  }
}
