/** What every store promises of what is put and what people do, as a suite to run against one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { Store } from './store.ts'

export function storeCases(name: string, open: plant.OpenStore): void {
  describe(name, () => {
    let place: { dir: string; remove: () => void }
    let store: Store

    beforeEach(async () => {
      place = plant.temporary()
      store = await open(place.dir)
    })
    afterEach(async () => {
      await store.close()
      place.remove()
    })

    const ids = async (query: Parameters<Store['findings']>[0]): Promise<string[]> =>
      (await store.findings(query)).rows.map((row) => row.id)

    describe('findings', () => {
      test('are what was put, with the state of a finding that nobody touched', async () => {
        await plant.fill(store)
        const detail = await store.finding('f1')
        const { operations, ...put } = plant.finding()
        expect(detail).toMatchObject({ ...put, state: 'open', posture: false, history: [] })
        expect(detail?.operations.map((row) => row.id)).toEqual(operations)
        expect(detail?.rule_description).toBe(plant.rule.description)
        expect(detail?.false_positives).toEqual(plant.rule.false_positives)
        expect(detail).not.toHaveProperty('reason')
        expect(await store.finding('nobody')).toBeUndefined()
      })

      test('grow, and never shrink when a capture is read again', async () => {
        await store.putFindings([plant.finding({ count: 5, last: plant.time(50) })], plant.FROM)
        await store.putFindings([plant.finding({ count: 2, last: plant.time(20) })], plant.FROM)
        expect(await store.finding('f1')).toMatchObject({ count: 5, last: plant.time(50) })
        await store.putFindings([plant.finding({ count: 6, last: plant.time(60) })], plant.FROM)
        expect(await store.finding('f1')).toMatchObject({ count: 6, last: plant.time(60) })
        expect((await store.findings({})).total).toBe(1)
      })
    })

    describe('triage', () => {
      const history = async (): Promise<string[]> =>
        ((await store.finding('f1'))?.history ?? []).map(
          ({ action, from, to }) => `${action} ${from}>${to}`,
        )

      test('what people do is history, and the state its fold', async () => {
        await plant.fill(store)
        await store.act(['f1'], plant.request())
        await store.act(['f1'], plant.request({ action: 'comment', note: 'on call' }))
        await store.act(['f1'], plant.request({ action: 'close', reason: 'duplicate' }))
        expect(await store.finding('f1')).toMatchObject({ state: 'closed', reason: 'duplicate' })
        await store.act(['f1'], plant.request({ action: 'undo' }))
        await store.act(['f1'], plant.request({ action: 'undo' }))
        await store.act(['f1'], plant.request({ action: 'undo' }))
        expect(await history()).toEqual([
          'acknowledge open>acknowledged',
          'comment acknowledged>acknowledged',
          'close acknowledged>closed',
          'undo closed>acknowledged',
          'undo acknowledged>acknowledged',
          'undo acknowledged>open',
        ])
        expect(await store.act(['f1'], plant.request({ action: 'undo' }))).toMatchObject([
          { refused: { code: 'NOTHING_TO_UNDO' } },
        ])
        expect((await store.finding('f1'))?.history[1]).toMatchObject({
          who: 'ana',
          note: 'on call',
          time: plant.time(100),
        })
      })

      test('the sensor never overwrites it', async () => {
        await plant.fill(store)
        await store.act(['f1'], plant.request())
        await store.putFindings([plant.finding({ count: 9, last: plant.time(99) })], plant.FROM)
        expect(await store.finding('f1')).toMatchObject({ state: 'acknowledged', count: 9 })
      })

      test.each([
        ['benign-expected', 'high', 'closed'],
        ['false-positive', 'high', 'closed'],
        ['duplicate', 'high', 'closed'],
        ['maintenance', 'high', 'closed'],
        ['true-positive', 'high', 'open'],
        ['benign-expected', 'critical', 'open'],
        ['true-positive', 'critical', 'open'],
      ] as const)('closed as %s, then a %s match: %s', async (reason, severity, state) => {
        await plant.fill(store)
        await store.act(['f1'], plant.request({ action: 'close', reason }))
        const later = { count: 2, last: plant.time(9), severity }
        await store.putFindings([plant.finding(later)], plant.FROM)
        expect((await store.finding('f1'))?.state).toBe(state)
        expect(await ids({ state: [state] })).toContain('f1')
      })

      test('approving closes, taking it back opens again', async () => {
        await plant.fill(store)
        await store.act(['f1'], plant.request({ action: 'approve' }))
        expect(await store.finding('f1')).toMatchObject({
          state: 'closed',
          reason: 'benign-expected',
        })
        await store.putFindings([plant.finding({ count: 2, approves: ['and more'] })], plant.FROM)
        await store.act(['f1'], plant.request({ action: 'undo' }))
        expect(await store.finding('f1')).toMatchObject({ state: 'open', count: 2 })
      })

      test('one act on many says what it could not do', async () => {
        await plant.fill(store)
        expect(await store.act(['f1', 'no', 'f3'], plant.request({ action: 'approve' }))).toEqual([
          { id: 'f1' },
          { id: 'no', refused: expect.objectContaining({ code: 'NOT_FOUND' }) },
          { id: 'f3', refused: expect.objectContaining({ code: 'NOTHING_TO_APPROVE' }) },
        ])
      })

      test('an undo of what is no longer the last act is refused', async () => {
        await plant.fill(store)
        await store.act(['f1'], plant.request())
        const undoes = (await store.finding('f1'))?.history[0]?.id
        await store.act(['f1'], plant.request({ action: 'comment', note: 'wait' }))
        expect(await store.act(['f1'], plant.request({ action: 'undo', undoes }))).toMatchObject([
          { refused: { code: 'UNDO_STALE' } },
        ])
      })
    })

    describe('assets', () => {
      test('show what is known, best value first, and count their findings', async () => {
        await plant.fill(store)
        const row = await store.asset('a1')
        expect(row).toMatchObject({
          name: 'PLC-1',
          name_source: 'observed',
          identity: { name: 'PLC-1', model: 'BMX P34 2020' },
          first: plant.time(0),
          findings: 3,
        })
        expect(row?.attributes).toContainEqual({
          attribute: 'model',
          value: 'BMX P34 2000',
          protocol: 'modbus',
          confidence: 'A',
          first: plant.time(0),
          last: '2026-11-21T08:00:00.000250Z',
          packets: 1,
        })
        await store.act(['f2'], plant.request({ action: 'close', reason: 'duplicate' }))
        expect((await store.asset('a1'))?.findings).toBe(2)
      })

      test('a typed name wins everywhere, stays, and can be taken back', async () => {
        await plant.fill(store)
        const by = { who: 'ana', time: plant.time(1) }
        expect(await store.renameAsset('a1', 'Boiler', by)).toMatchObject({
          name: 'Boiler',
          name_source: 'typed',
        })
        await store.putAssets([plant.asset()], plant.FROM)
        expect((await store.findings({ text: 'boiler' })).rows[0]?.target.name).toBe('Boiler')
        expect((await store.finding('f1'))?.operations[0]?.destination.name).toBe('Boiler')
        expect((await store.conversations({ text: 'BOILER' })).rows[0]?.target.name).toBe('Boiler')
        expect((await store.operations({ text: 'boiler' })).total).toBe(1)
        expect((await store.assets({ text: 'boil' })).rows.map((row) => row.id)).toEqual(['a1'])
        expect(await store.renameAsset('a1', '', by)).toMatchObject({ name: 'PLC-1' })
        expect((await store.findings({ text: 'boiler' })).total).toBe(0)
        expect(await store.renameAsset('nobody', 'x', by)).toBeUndefined()
      })

      test('two assets with one address keep their names apart', async () => {
        await plant.fill(store)
        await store.putAssets([plant.asset({ id: 'b1' })], plant.FROM)
        await store.renameAsset('b1', 'Other', { who: 'ana', time: plant.time(1) })
        expect((await store.finding('f1'))?.target.name).toBe('PLC-1')
      })

      test('a policy says the name, and addresses sort as numbers', async () => {
        const declared = { ...plant.asset().identity['name']?.[0], confidence: 'declared' as const }
        await store.putAssets(
          [
            plant.asset({ id: 'a10', ip: ['10.0.0.10'] }),
            plant.asset({ id: 'a9', ip: ['10.0.0.9'], identity: { name: [declared as never] } }),
          ],
          plant.FROM,
        )
        const { rows } = await store.assets({})
        expect(rows.map((row) => [row.id, row.name_source])).toEqual([
          ['a9', 'policy'],
          ['a10', 'observed'],
        ])
      })
    })

    test('an asset stays as old as it is when the sensor starts again', async () => {
      await store.putAssets([plant.asset()], plant.FROM)
      const later = plant.asset().last
      await store.putAssets([plant.asset({ first: later, last: later })], plant.FROM)
      expect(await store.asset('a1')).toMatchObject({ first: plant.time(0), last: plant.time(60) })
    })

    describe('operations', () => {
      test('are written once: what is there is left as it is', async () => {
        await store.putObservations(
          [plant.operation(), plant.operation({ 'event.action': 'X' })],
          plant.FROM,
        )
        await store.putObservations([plant.operation({ 'event.action': 'Y' })], plant.FROM)
        const { rows, total } = await store.operations({})
        expect(total).toBe(1)
        expect(rows[0]).toEqual({
          id: 'op-1',
          ...plant.FROM,
          time: plant.time(0),
          protocol: 'modbus',
          action: 'Write Multiple Registers',
          class: ['write'],
          source: { ip: '10.20.0.9', mac: '00:1b:1b:00:00:09', name: 'eng-ws-2', zone: '' },
          destination: { ip: '10.20.1.5', mac: '', name: 'PLC-1', zone: '' },
          target: ['holding:40-43'],
          value: ['1', '2', '3', '4'],
          outcome: 'success',
          status: '',
          user: '',
          verdict: 'violation',
          count: 1,
        })
      })

      test('are found by class, asset, text and time', async () => {
        await plant.fill(store)
        const more = { 'event.id': 'op-2', '@timestamp': plant.time(7) }
        await store.putObservations(
          [
            plant.operation({ ...more, 'ot.operation.class': ['program', 'write'] }),
            plant.operation({ ...more, 'event.id': 'op-3', 'ot.operation.class': 'read' }),
          ],
          plant.FROM,
        )
        const found = async (query: Parameters<Store['operations']>[0]): Promise<string[]> =>
          (await store.operations(query)).rows.map((row) => row.id)
        expect(await found({ classes: ['write'] })).toEqual(['op-2', 'op-1'])
        expect(await found({ classes: ['read', 'program'] })).toEqual(['op-3', 'op-2'])
        expect(await found({ classes: ['rite'] })).toEqual([])
        expect(await found({ asset: 'a1', to: plant.time(1) })).toEqual(['op-1'])
        expect(await found({ text: 'holding:40 multiple' })).toHaveLength(3)
        expect(await found({ text: 'event.action' })).toEqual([])
      })
    })

    test('rules, matrix and health are what was put last', async () => {
      expect(await store.sensors()).toEqual([])
      expect(await store.matrix()).toBeUndefined()
      await plant.fill(store)
      await store.putRules([plant.rule], plant.FROM)
      expect(await store.rules()).toEqual([{ ...plant.rule, findings: 2 }])
      expect(await store.matrix()).toEqual(plant.matrix)
      const [sensor, ...others] = await store.sensors()
      expect(sensor).toMatchObject({ ...plant.FROM, health: plant.health() })
      expect(sensor?.received).toBeGreaterThan(0)
      expect(others).toEqual([])
      expect(await store.open()).toEqual({
        informational: 0,
        low: 1,
        medium: 0,
        high: 1,
        critical: 0,
      })
    })

    test('a cursor of changes names what was written since, by whichever process', async () => {
      const other = await open(place.dir)
      const start = await store.changes()
      expect((await store.changes(start.cursor)).changed).toEqual([])
      await other.putFindings([plant.finding()], plant.FROM)
      await other.putHealth(plant.health(), plant.FROM)
      const second = await store.changes(start.cursor)
      expect(second.changed).toEqual(['findings', 'health'])
      await store.act(['f1'], plant.request())
      expect((await store.changes(second.cursor)).changed).toEqual(['findings'])
      expect((await other.changes(second.cursor)).changed).toEqual(['findings'])
      expect((await store.changes('nonsense')).changed).toContain('assets')
      await other.close()
    })

    test('everything is there after closing and opening again', async () => {
      await plant.fill(store)
      await store.act(['f1'], plant.request())
      const before = await store.finding('f1')
      await store.close()
      store = await open(place.dir)
      expect(await store.finding('f1')).toEqual(before)
      expect((await store.assets({})).total).toBe(2)
    })

    test('two processes write at once and nothing is lost', async () => {
      const other = await open(place.dir)
      const jobs = Array.from({ length: 40 }, (_, i) => [
        store.putFindings(plant.findings(5, `s${i}-`), plant.FROM),
        other.putFindings(plant.findings(5, `o${i}-`), plant.FROM),
        other.act([`o${i}-00000`], plant.request()),
      ])
      await Promise.all(jobs.flat())
      expect((await store.findings({})).total).toBe(400)
      expect((await store.findings({ state: ['acknowledged'] })).total).toBe(40)
      await other.close()
    })

    test('a closed store says so', async () => {
      await store.close()
      await expect(store.findings({})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    })
  })
}
