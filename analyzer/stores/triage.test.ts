import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Action, FindingDetail } from '../api/schema.ts'
import { severities } from '../findings/finding.ts'
import * as plant from './fixture.ts'
import { openSqliteStore } from './sqlite.ts'
import type { ActRequest, Store } from './store.ts'
import type { Act } from './triage.ts'
import { current, fold, standing, transition } from './triage.ts'

const size = { count: 3, severity: 2, approves: ['x'] }

function act(action: Act['action'], change: Partial<Act> = {}): Act {
  return { id: `${action}-1`, action, count: 3, severity: 2, ...change }
}

const acknowledged = act('acknowledge')
const closed = act('close', { reason: 'false-positive' })
const approved = act('approve')

describe('transition', () => {
  test.each<[string, Act[], Partial<ActRequest>, object]>([
    ['acknowledge', [], { action: 'acknowledge' }, { kind: 'append', to: 'acknowledged' }],
    ['again', [acknowledged], { action: 'acknowledge' }, { kind: 'unchanged' }],
    ['of closed', [closed], { action: 'acknowledge' }, { refusal: { code: 'IS_CLOSED' } }],
    ['close', [], { action: 'close', reason: 'duplicate' }, { to: 'closed', reason: 'duplicate' }],
    ['without reason', [], { action: 'close' }, { refusal: { code: 'REASON_REQUIRED' } }],
    ['same', [closed], { action: 'close', reason: 'false-positive' }, { kind: 'unchanged' }],
    ['other', [closed], { action: 'close', reason: 'duplicate' }, { reason: 'duplicate' }],
    ['approve', [], { action: 'approve' }, { to: 'closed', reason: 'benign-expected' }],
    ['twice', [approved], { action: 'approve' }, { kind: 'unchanged' }],
    ['reopen', [closed], { action: 'reopen' }, { kind: 'append', to: 'open' }],
    ['reopen open', [], { action: 'reopen' }, { kind: 'unchanged' }],
    ['comment', [closed], { action: 'comment', note: 'x' }, { kind: 'append', to: 'closed' }],
    ['blank', [], { action: 'comment', note: ' ' }, { refusal: { code: 'NOTE_REQUIRED' } }],
    ['undo', [acknowledged, closed], { action: 'undo' }, { to: 'acknowledged', undoes: 'close-1' }],
    ['undo nothing', [], { action: 'undo' }, { refusal: { code: 'NOTHING_TO_UNDO' } }],
    ['stale', [closed], { action: 'undo', undoes: 'x' }, { refusal: { code: 'UNDO_STALE' } }],
  ])('%s', (_, acts, change, expected) => {
    expect(transition(acts, size, plant.request(change))).toMatchObject(expected)
  })

  test('an undo of an undone act takes back the one before', () => {
    const undone = [acknowledged, closed, act('undo', { undoes: 'close-1' })]
    expect(standing(undone)).toEqual([acknowledged])
    expect(transition(undone, size, plant.request({ action: 'undo' }))).toMatchObject({
      to: 'open',
      undoes: 'acknowledge-1',
    })
  })
})

describe('the fold and what the store filters by', () => {
  let place: { dir: string; remove: () => void }
  let store: Store
  beforeAll(async () => {
    place = plant.temporary()
    store = await openSqliteStore(place.dir)
  })
  afterAll(async () => {
    await store.close()
    place.remove()
  })

  const step = fc.oneof(
    fc.record({
      action: fc.constantFrom<Action['action']>('acknowledge', 'reopen', 'approve', 'undo'),
    }),
    fc.record({
      action: fc.constant('close' as const),
      reason: fc.constantFrom('true-positive' as const, 'benign-expected' as const),
    }),
    fc.record({ grow: fc.constantFrom(0, 1), severity: fc.constantFrom(...severities) }),
  )

  test('are the same, whatever people and the sensor do in whatever order', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const id = `run-${run++}`
        let finding = plant.finding({ id })
        await store.putFindings([finding], plant.FROM)
        const acts: Act[] = []
        for (const one of steps) {
          if ('grow' in one) {
            finding = { ...finding, count: finding.count + one.grow, severity: one.severity }
            await store.putFindings([finding], plant.FROM)
            continue
          }
          await store.act([id], plant.request(one))
          const { history } = (await store.finding(id)) as FindingDetail
          const { count } = finding
          const severity = severities.indexOf(finding.severity)
          if (history.length > acts.length) {
            acts.push({ ...(history.at(-1) as Action), count, severity })
          }
        }
        const severity = severities.indexOf(finding.severity)
        const expected = current(fold(acts), { count: finding.count, severity })
        const found = await store.finding(id)
        expect([found?.state, found?.reason]).toEqual([expected.state, expected.reason])
        const listed = await store.findings({ state: [expected.state], limit: 1000 })
        expect(listed.rows.map((row) => row.id)).toContain(id)
      }),
      { numRuns: 60, seed: 7 },
    )
  })
})
