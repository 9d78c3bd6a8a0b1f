/** What the cluster refused waits for people: it is sent again or given up, and never forgotten. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import type { Dirty } from '../outbox.ts'
import { Desk, letter } from './desk.ts'

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

describe('dead letters', () => {
  const bury = (...items: { kind: 'observation'; id: string }[]): void =>
    desk.write((calls) => calls.bury(items.map(letter)))

  test('of documents go with the newest state once the cause is mended', () => {
    desk.calls.setShipping(true)
    put(1)
    const items = due()
    desk.write((calls) => calls.bury(items.map(letter)))
    expect(due()).toEqual([])
    expect(desk.calls.deadLetters({})).toMatchObject({
      total: 1,
      rows: [{ kind: 'finding', id: 'f1', status: 400, reason: 'no date', tries: 1 }],
    })
    expect(desk.write((calls) => calls.replay(['f1', 'nobody']))).toBe(1)
    expect(named(due())).toEqual(['finding f1'])
    isSent(due())
    expect(desk.calls.deadLetters({}).total).toBe(0)
  })

  test('of observations go as they were', () => {
    bury({ kind: 'observation', id: 'o1' }, { kind: 'observation', id: 'o2' })
    expect(desk.calls.replayed(10)).toEqual([])
    desk.write((calls) => calls.replay())
    expect(desk.calls.replayed(1)).toMatchObject([{ id: 'o1', doc: '{}' }])
    desk.write((calls) => calls.exhumed(['o1']))
    // Refused once more: it waits for people again.
    bury({ kind: 'observation', id: 'o2' })
    expect(desk.calls.replayed(10)).toEqual([])
    expect(desk.write((calls) => calls.discard(['o2', 'o2']))).toBe(1)
    expect(desk.calls.backlog(0).dead_letters).toBe(0)
  })

  test('that a person gives up stand on record, whoever it was', () => {
    desk.calls.setShipping(true)
    bury({ kind: 'observation', id: 'o1' }, { kind: 'observation', id: 'o2' })
    const by = { who: 'ana', time: plant.time(3) }
    expect(desk.write((calls) => calls.discard(['o1', 'nobody'], by))).toBe(1)
    expect(desk.calls.audit({ actions: ['discard'] }).rows).toMatchObject([
      { who: 'ana', action: 'discard', subject: 'o1', note: expect.stringContaining('refused') },
    ])
    expect(desk.calls.deadLetters({}).rows.map(({ id }) => id)).toEqual(['o2'])
  })

  test('have a bound: beyond it nothing more is sent, and nothing is dropped', () => {
    desk.calls.setShipping(true)
    desk.put('o1')
    put(1)
    const many = Array.from({ length: 10_000 }, (_, i) => `x${i}`)
    bury(...many.map((id) => ({ kind: 'observation' as const, id })))
    expect([due(), desk.calls.slice(10)]).toEqual([[], undefined])
    expect(desk.calls.backlog(0)).toMatchObject({ documents: 1, observations: 1 })
    desk.write((calls) => calls.discard(['x0']))
    expect([due().length, desk.calls.slice(10)?.docs.length]).toEqual([1, 1])
  })
})
