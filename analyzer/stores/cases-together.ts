/** What every store promises of those who do something at the same moment: one history. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FindingDetail } from '../api/schema.ts'
import * as plant from './fixture.ts'
import type { ActOutcome, ActRequest, Store } from './store.ts'

const ROUNDS = 50

export function togetherCases(name: string, open: (dir: string) => Promise<Store>): void {
  describe(`${name}, at the same moment`, () => {
    const place = plant.temporary()
    let ana: Store
    let bo: Store
    let sensor: Store

    beforeAll(async () => {
      // As three processes have it.
      sensor = await open(place.dir)
      ana = await open(place.dir)
      bo = await open(place.dir)
    })
    afterAll(async () => {
      for (const store of [ana, bo, sensor]) await store.close()
      place.remove()
    })

    const detail = async (store: Store, id: string): Promise<FindingDetail> =>
      (await store.finding(id)) as FindingDetail
    const both = async (
      id: string,
      one: Partial<ActRequest>,
      other: Partial<ActRequest>,
    ): Promise<ActOutcome[]> =>
      (
        await Promise.all([
          ana.act([id], plant.request({ ...one, who: 'ana' })),
          bo.act([id], plant.request({ ...other, who: 'bo', time: plant.time(101) })),
        ])
      ).flat()

    test(`two people act ${ROUNDS} times: one history, every accepted act once`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const id = `t${round}`
        await sensor.putFindings([plant.finding({ id })], plant.FROM)
        // Who decides on what is no longer so is refused; a note may stand beside any other.
        const decided = await both(
          id,
          { action: 'acknowledge', seen: '' },
          { action: 'close', reason: 'duplicate', seen: '' },
        )
        const codes = decided.map(({ refused }) => refused?.code ?? 'done').toSorted()
        expect(codes).toEqual(['CONFLICT', 'done'])
        const noted = await both(
          id,
          { action: 'comment', note: `a${round}` },
          { action: 'comment', note: `b${round}` },
        )
        expect(noted).toEqual([{ id }, { id }])
        const { history, state } = await detail(ana, id)
        expect((await detail(bo, id)).history).toEqual(history)
        expect(history).toHaveLength(3)
        expect(new Set(history.map((act) => act.id)).size).toBe(3)
        const notes = history.flatMap(({ note }) => note ?? []).toSorted()
        expect(notes).toEqual([`a${round}`, `b${round}`])
        const isAnas = decided[0]?.refused === undefined
        expect(state).toBe(isAnas ? 'acknowledged' : 'closed')
        const [decision] = history.filter(({ action }) => action !== 'comment')
        expect(decision?.who).toBe(isAnas ? 'ana' : 'bo')
      }
      const { rows } = await ana.audit({ limit: 1000 })
      const subjects = rows.filter(({ subject }) => /^t\d+$/.test(subject))
      expect(subjects).toHaveLength(3 * ROUNDS)
    })

    test('an act and a repeat that the sensor saw meanwhile are both kept', async () => {
      for (let round = 0; round < 10; round++) {
        const id = `r${round}`
        const at = (count: number) => plant.finding({ id, count, last: plant.time(count) })
        await sensor.putFindings([at(1)], plant.FROM)
        await Promise.all([
          ana.act([id], plant.request({ action: 'comment', note: 'seen' })),
          sensor.putFindings([at(2)], plant.FROM),
          bo.act([id], plant.request({ who: 'bo' })),
        ])
        // A state of before comes late: a finding only grows.
        await sensor.putFindings([at(1)], plant.FROM)
        expect(await detail(bo, id)).toMatchObject({ count: 2, state: 'acknowledged' })
        expect((await detail(bo, id)).history).toHaveLength(2)
      }
    })

    test('what was closed as a true positive opens with the next match, however late', async () => {
      const close = plant.request({ action: 'close', reason: 'true-positive' })
      await sensor.putFindings([plant.finding({ id: 'tp' })], plant.FROM)
      await ana.act(['tp'], close)
      await sensor.putFindings([plant.finding({ id: 'tp' })], plant.FROM)
      expect((await detail(bo, 'tp')).state).toBe('closed')
      const more = plant.finding({ id: 'tp', count: 2, last: plant.time(7) })
      await sensor.putFindings([more], plant.FROM)
      expect((await detail(bo, 'tp')).state).toBe('open')
      expect((await bo.findings({ state: ['open'], limit: 1000 })).rows).toContainEqual(
        expect.objectContaining({ id: 'tp', count: 2 }),
      )
    })

    test('two people name one asset: both see one name, and both are on record', async () => {
      await sensor.putAssets([plant.asset()], plant.FROM)
      for (let round = 0; round < 10; round++) {
        const time = plant.time(200 + round)
        await Promise.all([
          ana.renameAsset('a1', `Boiler ${round}`, { who: 'ana', time }),
          bo.renameAsset('a1', `Kessel ${round}`, { who: 'bo', time }),
          sensor.putAssets([plant.asset({ last: plant.asset().last + round })], plant.FROM),
        ])
        const name = (await ana.asset('a1'))?.name
        expect([`Boiler ${round}`, `Kessel ${round}`]).toContain(name)
        expect((await bo.asset('a1'))?.name).toBe(name)
        expect((await sensor.asset('a1'))?.name_source).toBe('typed')
        const { rows } = await bo.audit({ actions: ['rename'], limit: 1000 })
        expect(rows).toHaveLength(2 * (round + 1))
        // Whichever was the last to be done is the name.
        expect(rows[0]).toMatchObject({ action: 'rename', subject: 'a1', note: name })
      }
    })
  })
}
