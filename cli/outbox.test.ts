import { describe, expect, test } from 'vitest'
import type { Asset, Doc, Finding, Puts } from '#analyzer'
import { Outbox } from './outbox.ts'
import type { Pipeline } from './pipeline.ts'

const FROM = { sensor: 'sensor-1', site: 'plant-1' }

/** A store that can be away, and remembers what it took. */
class Taking {
  away = false
  findings: string[] = []
  records: unknown[] = []
  assets: string[] = []

  #check(): void {
    if (this.away) throw new Error('away')
  }

  async putFindings(findings: readonly Finding[]): Promise<void> {
    this.#check()
    this.findings.push(...findings.map(({ id, count }) => `${id} ${count}`))
  }

  async putObservations(docs: readonly Doc[]): Promise<void> {
    this.#check()
    this.records.push(...docs.map((doc) => doc['event.sequence']))
  }

  async putAssets(assets: readonly Asset[]): Promise<void> {
    this.#check()
    this.assets.push(...assets.map(({ id, last }) => `${id} ${last}`))
  }

  async putConversations(): Promise<void> {
    this.#check()
  }
}

function setUp() {
  const store = new Taking()
  let changed: Finding[] = []
  let assets: Asset[] = []
  const pipeline = {
    analyzer: {
      drain: () => changed.splice(0),
      conversations: { drain: () => [] },
      inventory: { assets: () => assets },
    },
  } as unknown as Pipeline
  return {
    store,
    pipeline,
    outbox: new Outbox(store as unknown as Puts),
    change: (finding: Partial<Finding>) => changed.push(finding as Finding),
    see: (...seen: Partial<Asset>[]) => {
      assets = seen.map((asset) => {
        const empty = { name: '', roles: [], protocols: [], mac: [], identity: {}, units: [] }
        return { ...empty, ...asset } as unknown as Asset
      })
    },
  }
}

describe('what waits for the store', () => {
  test('is written once', async () => {
    const { store, pipeline, outbox, change, see } = setUp()
    change({ id: 'f', count: 1 })
    see({ id: 'a', last: 1 })
    outbox.record({ 'event.sequence': 1 })
    await outbox.write(pipeline, FROM)
    await outbox.write(pipeline, FROM)
    expect(store.findings).toEqual(['f 1'])
    expect(store.records).toEqual([1])
    expect(store.assets).toEqual(['a 1'])
    see({ id: 'a', last: 2 })
    await outbox.write(pipeline, FROM)
    expect(store.assets).toEqual(['a 1', 'a 2'])
  })

  test('stays while the store is away: records in order, findings as their newest state', async () => {
    const { store, pipeline, outbox, change, see } = setUp()
    store.away = true
    const finding = { id: 'f', count: 1 }
    change(finding)
    see({ id: 'a', last: 1 })
    outbox.record({ 'event.sequence': 1 })
    await expect(outbox.write(pipeline, FROM)).rejects.toThrow('away')
    finding.count = 5
    change(finding)
    outbox.record({ 'event.sequence': 2 })
    await expect(outbox.write(pipeline, FROM)).rejects.toThrow('away')
    store.away = false
    await outbox.write(pipeline, FROM)
    expect(store.findings).toEqual(['f 5'])
    expect(store.records).toEqual([1, 2])
    expect(store.assets).toEqual(['a 1'])
    expect(outbox.dropped).toBe(0)
  })

  test('records have a bound, and what it refuses is counted', async () => {
    const { store, pipeline, outbox } = setUp()
    store.away = true
    for (let i = 0; i < 100_005; i++) outbox.record({ 'event.sequence': i })
    expect(outbox.dropped).toBe(5)
    await expect(outbox.write(pipeline, FROM)).rejects.toThrow('away')
    outbox.record({ 'event.sequence': -1 })
    expect(outbox.dropped).toBe(6)
    store.away = false
    await outbox.write(pipeline, FROM)
    expect(store.records).toHaveLength(100_000)
    expect(store.records.at(-1)).toBe(99_999)
  })
})
