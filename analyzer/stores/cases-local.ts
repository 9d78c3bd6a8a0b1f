/** What a sensor's own store promises besides: decisions of people, the baseline, notes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { LocalStore } from './local.ts'

export function localCases(name: string, open: plant.OpenLocalStore): void {
  describe(`${name}, a sensor's own`, () => {
    let place: { dir: string; remove: () => void }
    let store: LocalStore

    beforeEach(async () => {
      place = plant.temporary()
      store = await open(place.dir)
    })
    afterEach(async () => {
      await store.close()
      place.remove()
    })

    test('approving is a decision for the sensor, taking it back another', async () => {
      await plant.fill(store)
      await store.act(['f1'], plant.request({ action: 'approve' }))
      await store.putFindings([plant.finding({ count: 2, approves: ['and more'] })], plant.FROM)
      await store.act(['f1'], plant.request({ action: 'undo' }))
      const { approves } = plant.finding()
      const told = { finding: 'f1', rule: plant.rule.id, approves, who: 'ana' }
      expect(await store.decisionsSince(0)).toEqual([
        { n: 1, time: plant.time(100), kind: 'approve', ...told },
        { n: 2, time: plant.time(100), kind: 'revoke', ...told },
      ])
      expect(await store.decisionsSince(1)).toHaveLength(1)
      expect(await store.decisionsSince(2)).toEqual([])
    })

    test('so is a name that was typed in', async () => {
      await plant.fill(store)
      const by = { who: 'ana', time: plant.time(1) }
      await store.renameAsset('a1', 'Boiler', by)
      await store.renameAsset('a1', '', by)
      expect(await store.decisionsSince(0)).toMatchObject([
        { kind: 'rename', asset: 'a1', name: 'Boiler' },
        { kind: 'rename', asset: 'a1', name: '' },
      ])
    })

    test('baselines and notes are what was put last', async () => {
      await store.saveBaseline('main', 'a: 1\n')
      await store.saveBaseline('main', 'a: 2\n')
      expect(await store.loadBaseline('main')).toBe('a: 2\n')
      expect(await store.loadBaseline('other')).toBeUndefined()
      await store.setMeta('capture', 'day.pcapng')
      expect(await store.getMeta('capture')).toBe('day.pcapng')
    })

    test('a sensor that learns its id goes on with what it said before', async () => {
      const unknown = { ...plant.FROM, sensor: '' }
      await plant.fill(store)
      await store.resume(unknown)
      await store.putHealth(plant.health({ sensor: '', state: 'starting' }), unknown)
      expect(await store.sensors()).toMatchObject([{ sensor: '', health: { state: 'starting' } }])
      const next = { sensor: 'sensor-2', site: 'plant-1' }
      await store.putRules([plant.rule], unknown)
      await store.resume(next)
      expect(await store.sensors()).toMatchObject([next])
      expect(await store.rules({ sensor: 'sensor-2' })).toHaveLength(1)
      expect(await store.matrix({ sensor: 'sensor-2' })).toEqual(plant.matrix)
      expect((await store.conversations({})).rows).toMatchObject([next])
      await store.putAssets([plant.asset({ roles: ['server'] })], next)
      expect(await store.asset('a1')).toMatchObject({ sensors: ['sensor-2'], roles: ['server'] })
      // What it told stays of whom it was told by.
      expect((await store.findings({})).rows[0]).toMatchObject(plant.FROM)
      expect((await store.operations({})).rows[0]).toMatchObject(plant.FROM)
    })
  })
}
