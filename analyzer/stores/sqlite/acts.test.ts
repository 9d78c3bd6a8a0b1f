/** What people did at a cluster: shown whoever says it, judged by where it is signed. */
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from '../fixture.ts'
import type { LocalStore } from '../local.ts'
import type { StoredAct } from '../merge.ts'
import { stateOf } from '../merge.ts'
import type { ForeignAct } from '../outbox.ts'
import { signAct, signingKey } from '../sign.ts'
import { openSqliteStore } from '../sqlite.ts'
import { Desk } from './desk.ts'

const keys = plant.temporary()
const key = signingKey(keys.dir)
const trusted = [key.name]
afterAll(() => keys.remove())

let place: { dir: string; remove: () => void }
let store: LocalStore
beforeEach(async () => {
  place = plant.temporary()
  store = await openSqliteStore(place.dir)
  await plant.fill(store)
})
afterEach(async () => {
  await store.close()
  place.remove()
})

function act(id: string, change: Partial<StoredAct> = {}): ForeignAct {
  const size = { count: 1, severity: 3 }
  const by = { time: plant.time(300), who: 'eve' }
  const does = { action: 'comment', from: 'open', to: 'open', note: 'seen' } as const
  return { kind: 'finding', finding: 'f1', act: { id, ...by, ...does, ...size, ...change } }
}

function approve(id: string, second: number, approves = ['a|b']): ForeignAct {
  const to = { from: 'open', to: 'closed', reason: 'benign-expected' } as const
  return act(id, { action: 'approve', ...to, time: plant.time(second), approves })
}

function undo(id: string, second: number, undoes: string): ForeignAct {
  return act(id, { action: 'undo', from: 'closed', undoes, time: plant.time(second) })
}

function name(id: string, text: string, second: number): ForeignAct {
  const by = { who: 'eve', time: plant.time(second) }
  return { kind: 'asset', asset: 'a1', typed: { id, name: text, ...by } }
}

function signed(foreign: ForeignAct): ForeignAct {
  const signature = signAct(foreign, key)
  return foreign.kind === 'finding'
    ? { ...foreign, act: { ...foreign.act, signature } }
    : { ...foreign, signature }
}

const decisions = async (): Promise<string[]> =>
  (await store.decisionsSince(0)).map((one) =>
    one.kind === 'rename' ? `rename ${one.name}` : `${one.kind} ${one.approves.join()}`,
  )

describe('acts on findings', () => {
  test('are taken once, in the order of their time, and are on record', async () => {
    await store.act(
      ['f1'],
      plant.request({ action: 'comment', note: 'here', time: plant.time(200) }),
    )
    const early = act('x1', { note: 'early', time: plant.time(100) })
    const close = { action: 'close', to: 'closed', reason: 'duplicate' } as const
    const late = act('x2', { ...close, time: plant.time(400) })
    expect(await store.takeActs([late, early], [])).toEqual({ taken: 2, held: 0 })
    expect(await store.takeActs([late, early], [])).toEqual({ taken: 0, held: 0 })
    const finding = await store.finding('f1')
    expect(finding?.history.map(({ note }) => note)).toEqual(['early', 'here', 'seen'])
    expect(finding).toMatchObject({ state: 'closed', reason: 'duplicate' })
    expect((await store.findings({ state: ['closed'] })).rows.map(({ id }) => id)).toEqual(['f1'])
    const { rows } = await store.audit({})
    expect(rows.map(({ id }) => id)).toEqual(['x1', 'x2', finding?.history[1]?.id])
    expect(await decisions()).toEqual([])
  })

  test('come from the cluster, and do not go back there', async () => {
    await store.setShipping(true)
    const items = await store.dirty(100, Number.MAX_SAFE_INTEGER)
    await store.sent(items.map((item) => ({ ...item, place: 'p' })))
    await store.takeActs(
      [act('x1'), signed(approve('x2', 301)), signed(name('n1', 'Mill', 9))],
      trusted,
    )
    expect(await store.dirty(100, Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  test('an act that is done here comes after what came from there', async () => {
    await store.takeActs([act('zzz', { time: plant.time(900) })], [])
    await store.act(['f1'], plant.request({ action: 'close', reason: 'duplicate' }))
    const history = (await store.finding('f1'))?.history ?? []
    expect(history.map(({ action }) => action)).toEqual(['comment', 'close'])
    expect(history[1]?.time).toBe(plant.time(900).replace('0Z', '1Z'))
  })

  test.each<[string, ForeignAct]>([
    ['no finding of ours', { ...act('x1'), finding: 'nobody' } as ForeignAct],
    ['no time', act('x1', { time: 'soon' })],
    ['a time far ahead', act('x1', { time: '2199-01-01T00:00:00.000000Z' })],
    ['no asset of ours', { ...name('x1', 'x', 1), asset: 'nobody' } as ForeignAct],
    [
      'a name of no time',
      { ...name('x1', 'x', 1), typed: { id: 'x', name: 'x', who: '', time: '' } } as ForeignAct,
    ],
  ])('of %s are nothing', async (_, foreign) => {
    expect(await store.takeActs([signed(foreign)], trusted)).toEqual({ taken: 0, held: 0 })
    expect((await store.audit({})).total).toBe(0)
    expect((await store.asset('a1'))?.name).toBe('PLC-1')
  })

  test('under the id of another act are nothing', async () => {
    await store.act(['f2'], plant.request())
    const id = (await store.finding('f2'))?.history[0]?.id ?? ''
    expect(await store.takeActs([act(id), signed(name(id, 'Mill', 9))], trusted)).toEqual({
      taken: 0,
      held: 0,
    })
    expect((await store.finding('f1'))?.history).toEqual([])
  })
})

describe('an approval', () => {
  test('that a trusted key has signed is a decision, of just what was signed', async () => {
    expect(await store.takeActs([signed(approve('x1', 300))], trusted)).toEqual({
      taken: 1,
      held: 0,
    })
    expect(await decisions()).toEqual(['approve a|b'])
    await store.takeActs([signed(undo('x2', 301, 'x1'))], trusted)
    expect(await decisions()).toEqual(['approve a|b', 'revoke a|b'])
    expect((await store.finding('f1'))?.state).toBe('open')
  })

  test.each<[string, ForeignAct, readonly string[]]>([
    ['nobody has signed', approve('x1', 300), trusted],
    ['nobody trusted has signed', signed(approve('x1', 300)), []],
    [
      'was changed since',
      act('x1', { ...(signed(approve('x1', 300)) as { act: StoredAct }).act, approves: ['*'] }),
      trusted,
    ],
  ])('that %s is shown, and held', async (_, foreign, keyNames) => {
    expect(await store.takeActs([foreign], keyNames)).toEqual({ taken: 1, held: 1 })
    expect(await store.takeActs([foreign], keyNames)).toEqual({ taken: 0, held: 1 })
    expect(await decisions()).toEqual([])
    expect((await store.finding('f1'))?.state).toBe('closed')
  })

  test('that was held is a decision once its key is trusted', async () => {
    const foreign = signed(approve('x1', 300))
    await store.takeActs([foreign], [])
    expect(await store.takeActs([foreign], trusted)).toEqual({ taken: 0, held: 0 })
    expect(await store.takeActs([foreign], trusted)).toEqual({ taken: 0, held: 0 })
    expect(await decisions()).toEqual(['approve a|b'])
  })

  test('that was done here is not taken back by who is not trusted', async () => {
    await store.act(['f1'], plant.request({ action: 'approve' }))
    const id = (await store.finding('f1'))?.history[0]?.id ?? ''
    expect(await store.takeActs([undo('x1', 400, id)], trusted)).toEqual({ taken: 1, held: 1 })
    expect(await decisions()).toHaveLength(1)
    await store.takeActs([signed(undo('x2', 401, id))], trusted)
    expect((await decisions()).map((text) => text.split(' ')[0])).toEqual(['approve', 'revoke'])
  })

  test('whatever the order in which acts come, state and judgement end the same', () => {
    const desk = new Desk()
    let runs = 0
    const acts = (run: string): ForeignAct[] => {
      const on = (foreign: ForeignAct): ForeignAct & { kind: 'finding' } => {
        const { act: done } = foreign as ForeignAct & { kind: 'finding' }
        const undoes = done.undoes === undefined ? {} : { undoes: run + done.undoes }
        return { kind: 'finding', finding: run, act: { ...done, id: run + done.id, ...undoes } }
      }
      return [
        signed(on(approve('x1', 300, [`${run}a`]))),
        signed(on(undo('x2', 301, 'x1'))),
        on(approve('x3', 302, ['*'])),
        signed(on(approve('x4', 303, [`${run}b`, `${run}c`]))),
        on(act('x5', { time: plant.time(304), action: 'reopen' })),
        on(undo('x6', 305, 'x4')),
        signed(on(approve('x7', 306, [`${run}c`]))),
        signed(on(undo('x8', 307, 'x7'))),
      ]
    }
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 })
    fc.assert(
      fc.property(order, fc.nat(8), (places, cut) => {
        const run = `r${++runs}.`
        const all = acts(run)
        const mixed = places.flatMap((n) => all[n] ?? [])
        desk.write((calls) => calls.putFindings([plant.finding({ id: run })], plant.FROM))
        desk.write((calls) => calls.takeActs(mixed.slice(0, cut), trusted))
        desk.write((calls) => calls.takeActs(mixed.slice(cut), trusted))
        const approved = new Set<string>()
        for (const one of desk.calls.decisionsSince(0)) {
          if (one.kind === 'rename' || one.finding !== run) continue
          for (const entry of one.approves) {
            if (one.kind === 'approve') approved.add(entry)
            else approved.delete(entry)
          }
        }
        expect([...approved].toSorted()).toEqual([`${run}b`, `${run}c`])
        const found = desk.calls.finding(run)
        const whole = all.map((one) => (one as { act: StoredAct }).act)
        expect(found?.state).toBe(stateOf({ finding: plant.finding(), acts: whole }).state)
        expect(found?.history.map(({ id }) => id)).toEqual(whole.map(({ id }) => id))
      }),
    )
    desk.remove()
  })
})

describe('a name', () => {
  test('that is later wins, and is a decision where it is signed', async () => {
    expect(await store.takeActs([signed(name('n1', 'Mill', 20))], trusted)).toEqual({
      taken: 1,
      held: 0,
    })
    await store.takeActs([signed(name('n2', 'Old', 10)), signed(name('n1', 'Mill', 20))], trusted)
    expect((await store.asset('a1'))?.name).toBe('Mill')
    expect(await decisions()).toEqual(['rename Mill'])
    await store.renameAsset('a1', 'Kiln', { who: 'ana', time: plant.time(5) })
    await store.takeActs([signed(name('n1', 'Mill', 20))], trusted)
    expect((await store.asset('a1'))?.name).toBe('Kiln')
    await store.takeActs([signed(name('n3', '', 30))], trusted)
    expect(await store.asset('a1')).toMatchObject({ name: 'PLC-1', name_source: 'observed' })
    expect(await decisions()).toEqual(['rename Mill', 'rename Kiln', 'rename '])
  })

  test('that nobody trusted has signed is shown, and held until somebody has', async () => {
    expect(await store.takeActs([name('n1', 'Mill', 20)], trusted)).toEqual({ taken: 1, held: 1 })
    expect((await store.asset('a1'))?.name).toBe('Mill')
    expect(await decisions()).toEqual([])
    expect(await store.takeActs([signed(name('n1', 'Mill', 20))], trusted)).toEqual({
      taken: 0,
      held: 0,
    })
    expect(await decisions()).toEqual(['rename Mill'])
  })
})
