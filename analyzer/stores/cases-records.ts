/** What every store promises of its record, of acts on what has changed, and of exports. */
import { hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { ExportKind, ExportQuery, Store } from './store.ts'

export function recordCases(name: string, open: plant.OpenStore): void {
  describe(`${name}, records`, () => {
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

    const by = { who: 'ana', time: plant.time(1) }
    const told = async (query = {}): Promise<string[]> =>
      (await store.audit(query)).rows.map(({ action, subject }) => `${action} ${subject}`)

    test('acts and names are on record, newest first, what was refused is not', async () => {
      await plant.fill(store)
      await store.act(['f1', 'nobody'], plant.request())
      await store.act(['f1'], plant.request({ action: 'comment', note: 'on call' }))
      await store.renameAsset('a1', 'Boiler', by)
      expect(await told()).toEqual(['rename a1', 'comment f1', 'acknowledge f1'])
      expect(await told({ actions: ['rename', 'approve'] })).toEqual(['rename a1'])
      expect(await told({ actions: [] })).toEqual([])
      const { rows } = await store.audit({ limit: 2 })
      expect(rows[0]).toMatchObject({ who: 'ana', time: plant.time(1), note: 'Boiler' })
      const id = (await store.finding('f1'))?.history[1]?.id
      expect(rows[1]).toMatchObject({ id, note: 'on call', time: plant.time(100) })
    })

    test('a version is on record once, until another one comes', async () => {
      const version = { kind: 'policy' as const, name: 'policy.yaml', ...by }
      expect(await store.putVersion({ ...version, text: 'a: 1\n' }, plant.FROM)).toBe(true)
      expect(await store.putVersion({ ...version, text: 'a: 1\n' }, plant.FROM)).toBe(false)
      expect(
        await store.putVersion({ ...version, kind: 'baseline', text: 'a: 1\n' }, plant.FROM),
      ).toBe(true)
      expect(await store.putVersion({ ...version, text: 'a: 2\n' }, plant.FROM)).toBe(true)
      expect(await store.putVersion({ ...version, text: 'a: 1\n' }, plant.FROM)).toBe(true)
      expect(await told()).toEqual([
        'policy policy.yaml',
        'policy policy.yaml',
        'baseline policy.yaml',
        'policy policy.yaml',
      ])
      const { rows } = await store.audit({ actions: ['policy'] })
      expect(rows[0]?.sha256).toBe(hash('sha256', 'a: 1\n', 'hex'))
      expect(rows[0]?.sha256).toBe(rows[2]?.sha256)
      expect(rows[0]?.sha256).not.toBe(rows[1]?.sha256)
      expect(await store.versionText(rows[1]?.id ?? '')).toBe('a: 2\n')
      expect(await store.versionText('nobody')).toBeUndefined()
    })

    test('pages of the record are complete', async () => {
      await plant.fill(store)
      for (let i = 0; i < 25; i++) {
        await store.act(['f1'], plant.request({ action: 'comment', note: `n${i}` }))
      }
      const notes: (string | undefined)[] = []
      let after: string | undefined
      do {
        const page = await store.audit({ limit: 10, after })
        notes.push(...page.rows.map(({ note }) => note))
        after = page.next ?? undefined
      } while (after !== undefined)
      expect(notes).toEqual(Array.from({ length: 25 }, (_, i) => `n${24 - i}`))
    })

    test('an act on what somebody else has acted on since is refused', async () => {
      await plant.fill(store)
      const first = plant.request({ seen: '' })
      expect(await store.act(['f1'], first)).toEqual([{ id: 'f1' }])
      const close = plant.request({ action: 'close', reason: 'duplicate', seen: '' })
      expect(await store.act(['f1'], close)).toMatchObject([{ refused: { code: 'CONFLICT' } }])
      expect((await store.finding('f1'))?.state).toBe('acknowledged')
      const seen = (await store.finding('f1'))?.history.at(-1)?.id ?? ''
      expect(await store.act(['f1'], { ...close, seen })).toEqual([{ id: 'f1' }])
      expect((await store.finding('f1'))?.state).toBe('closed')
    })

    test('two people at once end in one history with every act in it', async () => {
      await plant.fill(store)
      const other = await open(place.dir)
      const acts = Array.from({ length: 20 }, (_, i) =>
        [store, other].map((one, who) =>
          one.act(['f1'], plant.request({ action: 'comment', note: `${who}-${i}` })),
        ),
      )
      await Promise.all(acts.flat())
      const history = (await store.finding('f1'))?.history ?? []
      expect(new Set(history.map(({ note }) => note)).size).toBe(40)
      expect((await other.finding('f1'))?.history).toEqual(history)
      await other.close()
    })

    const exported = async (kind: ExportKind, query: ExportQuery = {}): Promise<unknown[]> => {
      const rows: unknown[] = []
      let after: string | undefined
      do {
        const page = await store.exportPage(kind, { limit: 7, ...query, after })
        rows.push(...page.rows)
        after = page.next ?? undefined
      } while (after !== undefined)
      return rows
    }

    test('observations are exported as they were put, in the order in which they came', async () => {
      const docs = Array.from({ length: 20 }, (_, i) =>
        plant.operation({ 'event.id': `op-${i}`, '@timestamp': plant.time(40 - i), extra: [i] }),
      )
      const change = { '@timestamp': plant.time(0), 'event.id': 'c', 'event.dataset': 'ot.change' }
      await store.putObservations([...docs, change], plant.FROM)
      expect(await exported('observations')).toEqual([...docs, change])
      const range = { from: plant.time(30), to: plant.time(39) }
      expect(await exported('observations', range)).toEqual(docs.slice(1, 11))
      await expect(store.exportPage('observations', { after: 'x' })).resolves.toBeDefined()
    })

    test('findings are exported with what people made of them', async () => {
      await plant.fill(store)
      await store.act(['f1'], plant.request({ action: 'close', reason: 'duplicate' }))
      const [first, ...rest] = await exported('findings')
      expect(first).toMatchObject({
        ...plant.finding(),
        state: 'closed',
        reason: 'duplicate',
        history: [{ action: 'close', who: 'ana' }],
      })
      expect(rest).toMatchObject([
        { id: 'f2', state: 'open', history: [] },
        { id: 'f3', state: 'open', history: [] },
      ])
      expect(await exported('findings', { from: plant.time(6) })).toHaveLength(1)
    })
  })
}
