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
  })
}
