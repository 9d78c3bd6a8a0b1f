/** What waits for a cluster: nothing of it is forgotten, and nothing of it is sent twice. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import type { Dirty } from '../outbox.ts'
import { Desk, letter } from './desk.ts'
import { pack } from './pack.ts'

const FAR = Number.MAX_SAFE_INTEGER

let desk: Desk
beforeEach(() => {
  desk = new Desk()
})
afterEach(() => desk.remove())

const put = (count: number, id = 'f1'): void =>
  desk.write((calls) =>
    calls.putFindings([plant.finding({ id, count, last: plant.time(count) })], plant.FROM),
  )
const named = (items: readonly Dirty[]): string[] => items.map(({ kind, id }) => `${kind} ${id}`)
const due = (limit = 100): Dirty[] => desk.calls.dirty(limit, FAR)
const isSent = (items: readonly Dirty[], place = 'index-1'): void =>
  desk.write((calls) => calls.sent(items.map((item) => ({ ...item, place }))))

describe('documents', () => {
  test('are not marked where there is no cluster, and not given out', () => {
    put(1)
    expect(due()).toEqual([])
    expect(desk.db.prepare('SELECT count(*) AS n FROM outbox').get()).toEqual({ n: 0 })
    expect(desk.calls.backlog(Date.now())).toMatchObject({ documents: 0, observations: 0 })
  })

  test('that are there already are marked once when there is one', () => {
    desk.write((calls) => {
      calls.putFindings(plant.findings(12_000), plant.FROM)
      calls.putRules([plant.rule], plant.FROM)
      calls.putAssets([plant.asset()], plant.FROM)
      calls.putConversations([plant.conversation()], plant.FROM)
      calls.renameAsset('a1', 'Boiler', plant.request())
      calls.saveBaseline('live', 'a: 1\n')
    })
    desk.calls.setShipping(true)
    desk.calls.setShipping(true)
    expect(desk.calls.backlog(Date.now()).documents).toBe(12_005)
    const items = due(20_000)
    expect(new Set(named(items)).size).toBe(12_005)
    isSent(items)
    desk.calls.setShipping(true)
    expect(due()).toEqual([])
  })

  test('are given out in their newest state, with what people did', () => {
    desk.calls.setShipping(true)
    put(1)
    put(5)
    desk.write((calls) => calls.act(['f1'], plant.request({ action: 'approve' })))
    // Of one millisecond they are in no order.
    const [first, second] = due().toSorted((x, y) => (x.kind > y.kind ? -1 : 1))
    expect(first).toMatchObject({
      kind: 'finding',
      id: 'f1',
      from: plant.FROM,
      revision: 3,
      tries: 0,
      place: '',
      finding: { count: 5 },
      acts: [{ action: 'approve', who: 'ana', approves: plant.finding().approves, count: 5 }],
    })
    expect(second).toMatchObject({ kind: 'audit', record: { action: 'approve', subject: 'f1' } })
  })

  test('of every kind say what the sensor has', () => {
    desk.calls.setShipping(true)
    desk.write((calls) => {
      calls.putAssets([plant.asset()], plant.FROM)
      calls.renameAsset('a1', 'Boiler', plant.request())
      calls.putConversations([plant.conversation()], plant.FROM)
      calls.putHealth(plant.health(), plant.FROM)
      calls.putMatrix(plant.matrix, plant.FROM)
      calls.putRules([plant.rule], plant.FROM)
      calls.saveBaseline('live', 'a: 1\n')
      const version = { kind: 'policy' as const, name: 'policy.yaml', text: 'x: 1\n' }
      calls.putVersion({ ...version, time: plant.time(0), who: 'fieldtap' }, plant.FROM)
    })
    const items = due()
    const of = (kind: string, id?: string): Dirty[] =>
      items.filter((item) => item.kind === kind && (id === undefined || item.id === id))
    expect(of('asset')).toMatchObject([
      { asset: { id: 'a1', name: 'PLC-1' }, typed: { name: 'Boiler', who: 'ana' } },
    ])
    expect(of('conversation')).toMatchObject([{ conversation: plant.conversation() }])
    expect(of('sensor', 'health')).toMatchObject([
      { part: 'health', body: JSON.stringify(plant.health()), from: plant.FROM },
    ])
    expect(of('sensor', 'matrix')).toMatchObject([{ body: JSON.stringify(plant.matrix) }])
    expect(of('sensor', 'rules')).toMatchObject([{ body: JSON.stringify([plant.rule]) }])
    expect(of('sensor', 'baseline')).toMatchObject([{ body: 'a: 1\n', from: plant.FROM }])
    const onRecord = of('audit').map((item) =>
      item.kind === 'audit' ? `${item.record.action} ${item.record.note ?? item.text}` : '',
    )
    expect(onRecord.toSorted()).toEqual(['policy x: 1\n', 'rename Boiler'])
    expect(items).toHaveLength(8)
  })

  test('that change while they are sent wait again, and say where they lie', () => {
    desk.calls.setShipping(true)
    put(1)
    const items = due()
    put(2)
    isSent(items)
    expect(due()).toMatchObject([{ finding: { count: 2 }, revision: 2, place: 'index-1' }])
    isSent(due(), 'index-2')
    expect(due()).toEqual([])
    put(3)
    expect(due()).toMatchObject([{ revision: 3, place: 'index-2', tries: 0 }])
  })

  test('that wait for another try are due again, those that changed do not jump the queue', () => {
    desk.calls.setShipping(true)
    put(1)
    const due2 = Date.now() + 60_000
    desk.write((calls) => calls.defer([{ kind: 'finding', id: 'f1', due: due2 }]))
    put(2)
    expect(desk.calls.dirty(10, due2 - 1)).toEqual([])
    expect(desk.calls.dirty(10, due2)).toMatchObject([{ tries: 1, finding: { count: 2 } }])
  })

  test('that retention has deleted do not wait; a finding is not deleted before it is sent', () => {
    desk.remove()
    desk = new Desk({ conversationsMax: 2 })
    desk.calls.setShipping(true)
    const rows = Array.from({ length: 9 }, (_, i) =>
      plant.conversation({ id: `c${i}`, last: plant.time(i) }),
    )
    desk.write((calls) => calls.putConversations(rows, plant.FROM))
    expect(named(due(3))).toEqual(['conversation c7', 'conversation c8'])
    expect(desk.calls.backlog(Date.now()).documents).toBe(2)
  })

  test('forgotten are they where the cluster is no longer wanted', () => {
    desk.calls.setShipping(true)
    put(1)
    desk.put('o1')
    desk.calls.setShipping(false)
    expect([due(), desk.calls.slice(10)]).toEqual([[], undefined])
    put(2)
    desk.calls.setShipping(true)
    expect(due()).toMatchObject([{ revision: 1, finding: { count: 2 } }])
    expect(desk.calls.slice(10)?.docs).toHaveLength(1)
  })
})

type Step =
  | { do: 'change' | 'lost change'; id: number }
  | { do: 'take'; limit: number }
  | { do: 'sent' | 'defer' | 'bury'; of: number }
  | { do: 'kill' | 'replay' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('change', 'lost change'), id: fc.nat(4) }),
  fc.record({ do: fc.constant('take'), limit: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constantFrom('sent', 'defer', 'bury'), of: fc.nat(4) }),
  fc.record({ do: fc.constantFrom('kill', 'replay') }),
)

/** What there should be, as simply as it can be said. */
class Model {
  readonly counts = new Map<string, number>()
  readonly unsent = new Set<string>()
  readonly buried = new Set<string>()
  taken: Dirty[] = []

  run(one: Step): void {
    if (one.do === 'change' || one.do === 'lost change') this.#change(one)
    else if (one.do === 'take') this.taken = desk.calls.dirty(one.limit, FAR)
    else if (one.do === 'kill') desk.kill()
    else if (one.do === 'replay') this.#replay()
    else if ('of' in one) this.#settle(one.do as 'sent' | 'defer' | 'bury', one.of)
  }

  #change({ do: kind, id: n }: Extract<Step, { id: number }>): void {
    const id = `f${n}`
    const count = (this.counts.get(id) ?? 0) + 1
    if (kind === 'change') {
      put(count, id)
      this.counts.set(id, count)
      this.unsent.add(id)
      return
    }
    desk.db.exec('BEGIN IMMEDIATE')
    desk.calls.putFindings([plant.finding({ id, count, last: plant.time(count) })], plant.FROM)
    desk.kill()
    this.taken = []
  }

  #settle(how: 'sent' | 'defer' | 'bury', of: number): void {
    const items = this.taken.splice(0, of)
    if (how === 'defer') {
      return desk.write((calls) => calls.defer(items.map((item) => ({ ...item, due: 1 }))))
    }
    if (how === 'sent') isSent(items)
    for (const item of items) {
      const { id } = item
      if (item.kind !== 'finding') continue
      const isNewest = item.finding.count === this.counts.get(id)
      if (how === 'bury') desk.write((calls) => calls.bury([letter(item)]))
      if (how === 'bury') this.buried.add(id)
      else this.buried.delete(id)
      if (isNewest) this.unsent.delete(id)
    }
  }

  #replay(): void {
    expect(desk.write((calls) => calls.replay())).toBe(this.buried.size)
    for (const id of this.buried) this.unsent.add(id)
    // A revision that nobody has seen yet.
    this.taken = []
  }

  check(): void {
    const items = due()
    expect(items.map(({ id }) => id).toSorted()).toEqual([...this.unsent].toSorted())
    for (const item of items) {
      expect(item.kind === 'finding' && item.finding.count).toBe(this.counts.get(item.id))
    }
    expect(desk.calls.backlog(Date.now()).documents).toBe(this.unsent.size)
  }
}

test('whatever happens in between, every newest state that was not sent waits', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      desk.remove()
      desk = new Desk()
      desk.calls.setShipping(true)
      const model = new Model()
      for (const one of steps) model.run(one)
      model.check()
    }),
    { numRuns: 30 },
  )
})

describe('observations', () => {
  test('go in the order in which they came, each once, whatever happens in between', () => {
    const batch = fc.array(fc.nat(60), { maxLength: 8 })
    const one = fc.oneof(
      fc.record({ put: batch }),
      fc.record({ take: fc.integer({ min: 1, max: 7 }), isShipped: fc.boolean() }),
      fc.record({ kill: fc.constant(true) }),
    )
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (steps) => {
        desk.remove()
        desk = new Desk({ segmentBytesMax: 20_000 })
        desk.calls.setShipping(true)
        const put = new Set<string>()
        const gone: string[] = []
        const take = (limit: number, isShipped: boolean): number => {
          const slice = desk.calls.slice(limit)
          const ids = (slice?.docs ?? []).map(({ doc }) => String(doc['event.id']))
          expect(new Set(ids).size).toBe(ids.length)
          if (slice === undefined || !isShipped) return 0
          desk.write((calls) => calls.shipped(slice.segment, slice.to))
          gone.push(...ids)
          return ids.length
        }
        for (const each of steps) {
          if ('kill' in each) desk.kill()
          else if ('take' in each) take(each.take, each.isShipped)
          else {
            const ids = each.put.map((n) => `o${n}`)
            desk.put(...ids)
            ids.forEach((id) => put.add(id))
          }
        }
        expect(desk.calls.backlog(Date.now()).observations).toBe(put.size - gone.length)
        while (take(10, true) > 0);
        expect(gone).toEqual([...put])
      }),
      { numRuns: 30 },
    )
  })

  test('say whose they are, and a batch that was not committed is none', () => {
    desk.calls.setShipping(true)
    desk.put('o1')
    const north = { sensor: 'tap-2', site: 'north' }
    desk.write((calls) =>
      calls.putObservations(pack([plant.operation({ 'event.id': 'o2' })]), north),
    )
    const slice = desk.calls.slice(10)
    expect(slice?.docs).toEqual([
      { doc: plant.operation({ 'event.id': 'o1' }), from: plant.FROM },
      { doc: plant.operation({ 'event.id': 'o2' }), from: north },
    ])
    expect([slice?.after, slice?.to]).toEqual([0, 2])
  })

  test('that were sent go first where there is no room; what goes before it was sent is lost', () => {
    desk.remove()
    desk = new Desk({ segmentBytesMax: 1 })
    desk.calls.setShipping(true)
    for (const id of ['o1', 'o2', 'o3', 'o4']) desk.put(id)
    const [first, second] = desk.segments.entries()
    desk.write((calls) => calls.shipped(second?.name ?? '', 1))
    expect(desk.segments.deleteOldest()).toBe(true)
    expect(desk.segments.entries().map(({ name }) => name)).toContain(first?.name)
    expect(desk.calls.backlog(Date.now()).lost).toBe(0)
    // However old: what is not sent yet goes for want of room alone.
    expect(desk.segments.deleteBefore('9999-01-01')).toBe(false)
    expect(desk.segments.deleteOldest()).toBe(true)
    expect(desk.calls.backlog(Date.now())).toMatchObject({ lost: 1, observations: 2 })
  })

  test('that wait say since when', () => {
    desk.calls.setShipping(true)
    const before = Date.now()
    desk.put('o1')
    const age = desk.calls.backlog(before + 60_000).oldest_ms
    expect(age).toBeGreaterThan(59_000 - (Date.now() - before))
    expect(age).toBeLessThanOrEqual(60_000)
    const slice = desk.calls.slice(1)
    desk.write((calls) => calls.shipped(slice?.segment ?? '', 1))
    expect(desk.calls.backlog(before + 60_000).oldest_ms).toBe(0)
  })
})

test('flights that were begun and not ended are there after a kill', () => {
  const flight = { stream: 's', ids: ['a', 'b'], segment: 'day.db', after: 3, to: 5, at: 7 }
  const n = desk.write((calls) => calls.beginFlight(flight))
  const other = desk.write((calls) => calls.beginFlight({ ...flight, ids: [] }))
  desk.kill()
  expect(desk.calls.flights()).toEqual([
    { ...flight, n },
    { ...flight, ids: [], n: other },
  ])
  desk.write((calls) => calls.endFlight(n))
  expect(desk.calls.flights()).toHaveLength(1)
})

test('how delivery is doing is what was said last', () => {
  expect(desk.calls.delivery()).toBeUndefined()
  const state = { state: 'away' as const, reason: 'no answer', since: plant.time(0), at: '' }
  const counts = { sent: 1, repeated: 0, retried: 2, rejected: 0, held: 0 }
  desk.write((calls) => calls.putDelivery({ ...state, ...counts, server: 'x' }))
  desk.kill()
  expect(desk.calls.delivery()).toMatchObject({ ...state, ...counts })
})
