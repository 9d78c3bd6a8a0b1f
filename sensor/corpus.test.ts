/**
 * The real captures, where they are there: what the sensor counts against the oracle, packet
 * counts against capinfos, and nothing of ours in captures of other protocols.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openFile } from './capture/file.ts'
import type { Sink } from './operation.ts'
import { Sensor } from './observe.ts'
import { dissectors } from './protocols/index.ts'

interface Entry {
  readonly file: string
  readonly role: string
  readonly packets: number | null
  readonly bytes: number
  readonly oracle?: Readonly<Record<string, unknown>> & { readonly confidence: string }
}

const folder = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const isThere = existsSync(`${folder}manifest.json`)
const manifest: readonly Entry[] = isThere
  ? (JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Entry[])
  : []

const silent: Sink = {
  requested: () => {},
  completed: () => {},
  identity: () => {},
  conversation: () => {},
  anomaly: () => {},
  health: () => {},
}

async function run(file: string) {
  const sensor = new Sensor({ dissectors, sink: silent, limits: { flows: 4096 } })
  const capture = openFile(folder + file)
  for await (const batch of capture.batches()) sensor.batch(batch)
  sensor.end()
  return { counts: sensor.counts(), counters: sensor.counters(), status: capture.status() }
}

/** Absent means zero: zeros and what holds only zeros are left out, keys sorted. */
function plain(value: unknown): unknown {
  if (value === 0 || value === null) return undefined
  if (typeof value !== 'object') return value
  const kept = Object.entries(value as object)
    .map(([key, inner]): [string, unknown] => [key, plain(inner)])
    .filter(([, inner]) => inner !== undefined)
  kept.sort(([a], [b]) => (a < b ? -1 : 1))
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function balance(counters: Record<string, number>): void {
  const outcomes = Object.entries(counters).filter(([name]) => name.startsWith('packets.'))
  expect(outcomes.reduce((sum, [, count]) => sum + count, 0)).toBe(counters['packets'])
  const fates = ['parsed', 'malformed', 'skipped', 'unknown', 'partial', 'duplicate', 'stray']
  const bytes = fates.reduce((sum, name) => sum + (counters[`${name}Bytes`] ?? 0), 0)
  expect(bytes).toBe(counters['payloadBytes'])
  expect(counters['heldBytes']).toBe(0)
}

const core = manifest.filter(({ role, oracle }) => role === 'core' && oracle?.confidence === 'A')

describe.runIf(isThere)('counts of the core captures equal the oracle', () => {
  test('all 81 are there', () => {
    expect(core).toHaveLength(81)
  })

  test.each(core)('$file', async ({ file, packets, oracle }) => {
    const { counts, counters } = await run(file)
    expect(counts['packets']).toBe(packets)
    for (const protocol of ['modbus', 'opcua', 'mqtt']) {
      expect(plain(counts[protocol] ?? {})).toEqual(plain(oracle?.[protocol] ?? {}))
    }
    balance(counters)
  })
})

describe.runIf(isThere)('decoys are not taken for our protocols', () => {
  const decoys = manifest.filter(({ role }) => role === 'decoy')
  test.each(decoys)('$file', async ({ file, packets }) => {
    const { counts, counters } = await run(file)
    expect(counts).toEqual({ packets })
    balance(counters)
  })
})

describe.runIf(isThere)('the reader counts what capinfos counts', () => {
  const readers = manifest.filter(({ role, packets }) => role === 'reader' && packets !== null)
  test.each(readers)('$file', async ({ file, packets }) => {
    const { counts, status } = await run(file)
    expect(counts['packets']).toBe(packets)
    expect(status.truncated).toBeUndefined()
  })
})
