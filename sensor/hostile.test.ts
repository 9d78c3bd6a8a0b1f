/**
 * Real captures with bytes changed at random, through all dissectors: nothing throws, every packet
 * and byte keeps its fate, and the same bytes say the same.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openStream } from './capture/file.ts'
import type { Anomaly } from './operation.ts'
import { anomalyCodes } from './operation.ts'
import { Sensor } from './observe.ts'
import { dissectors } from './protocols/index.ts'

const folder = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const RUNS = 60
/** Of the file headers: a broken one is tested elsewhere, and would hide the rest. */
const HEADER_BYTES = 40

/** Mulberry32 (Tommy Ettinger, public domain). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
}

async function run(bytes: Uint8Array) {
  const codes: Record<string, number> = {}
  let told = ''
  const sequence = (one: { readonly sequence: number }) => {
    told = `${told.slice(-200)} ${one.sequence}`
  }
  const sensor = new Sensor({
    dissectors,
    limits: { flows: 512 },
    sink: {
      requested: sequence,
      completed: sequence,
      identity: sequence,
      conversation: sequence,
      health: sequence,
      anomaly: (anomaly: Anomaly) => {
        sequence(anomaly)
        codes[anomaly.code] = (codes[anomaly.code] ?? 0) + 1
      },
    },
  })
  const source = (async function* () {
    await Promise.resolve()
    yield bytes
  })()
  const capture = openStream(source, 'changed')
  for await (const batch of capture.batches()) sensor.batch(batch)
  sensor.end()
  return { counts: sensor.counts(), counters: sensor.counters(), codes, told }
}

describe.runIf(existsSync(folder))('captures with changed bytes', () => {
  const seen = new Set<string>()
  test.each([
    'crafted/modbus_all.pcap',
    'crafted/mqtt5.pcap',
    'crafted/nodeopcua_chunk.pcapng',
    'files/arkime+arkime/tests/pcap/mqtt_big.pcap',
    'files/cisagov+icsnpp-opcua-binary/pcaps/open62541_client-server_minimal.pcap',
  ])('%s', async (name) => {
    const whole = readFileSync(folder + name)
    const next = random(name.length)
    for (let i = 0; i < RUNS; i++) {
      const bytes = Buffer.from(whole)
      const changes = 1 + (next() % 40)
      for (let k = 0; k < changes; k++) {
        bytes[HEADER_BYTES + (next() % (bytes.length - HEADER_BYTES))] = next() & 255
      }
      const { counters, codes, counts, told } = await run(bytes)
      for (const code of Object.keys(codes)) seen.add(code)
      const c = counters as Record<string, number>
      const fates = ['parsed', 'malformed', 'skipped', 'unknown', 'partial', 'duplicate', 'stray']
      const sum = fates.reduce((total, fate) => total + (c[`${fate}Bytes`] as number), 0)
      expect([sum, c['heldBytes'], c['flowsOpen']]).toEqual([c['payloadBytes'], 0, 0])
      if (i === 0) expect(await run(bytes)).toEqual({ counters, codes, counts, told })
    }
  })

  test('the changes reach the dissectors, and say only what is on the list', () => {
    expect(seen.size).toBeGreaterThan(8)
    for (const code of seen) expect(anomalyCodes).toContain(code)
  })
})
