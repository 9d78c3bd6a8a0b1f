/** Nothing is lost inside the sensor: whatever comes in, all of it has one fate at any time. */
import { existsSync } from 'node:fs'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openFile } from '../capture/file.ts'
import type { PacketBatch } from '../capture/capture.ts'
import { CaptureError } from '../capture/capture.ts'
import { captures, folder } from '../golden.ts'
import type { SensorLimits } from '../observe.ts'
import { Sensor } from '../observe.ts'
import { dissectors } from '../protocols/index.ts'
import { assess } from './account.ts'
import type { Counts } from './account.ts'
import { residueText, unbalanced } from './accounts.ts'
import { equations } from './identities.ts'
import { batchesOf, goldenPackets, plans } from './sample.ts'

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const ignore = (): void => {}
const sink = {
  requested: ignore,
  completed: ignore,
  identity: ignore,
  conversation: ignore,
  anomaly: ignore,
  health: ignore,
}

function sensorOf(limits: Partial<SensorLimits> = {}): Sensor {
  return new Sensor({ dissectors, sink, limits })
}

/** Without what analyzers count: there is none here. */
const sensorEquations = equations.filter(({ part }) => part !== 'judged' && part !== 'records')

const residues = (counters: Counts, ended: boolean): string[] =>
  unbalanced(sensorEquations.map((equation) => assess(equation, counters, ended))).map(residueText)

/** After every batch, and at the end. */
async function residuesOf(sensor: Sensor, batches: AsyncIterable<PacketBatch>): Promise<string[]> {
  const found: string[] = []
  for await (const batch of batches) {
    sensor.batch(batch)
    found.push(...residues(sensor.counters(), false))
  }
  sensor.end()
  return [...found, ...residues(sensor.counters(), true)]
}

test('every name in the table is one of a counter', () => {
  const names = new Set(Object.keys(sensorOf().counters()))
  const used = sensorEquations.flatMap(({ left, right, waiting = [] }) => [
    ...left,
    ...right,
    ...waiting,
  ])
  expect(used.filter(([name]) => !names.has(name))).toEqual([])
})

test('what is missing on one side is told', () => {
  const sensor = sensorOf()
  const counters = { ...sensor.counters(), packets: 3, payloadBytes: 5, parsedBytes: 9 }
  expect(residues(counters, false)).toEqual([
    'I2 packets: 3 packets without a fate',
    'I3 payload: 4 bytes with more than one fate',
  ])
  // At the end nothing may wait.
  const open = { ...sensor.counters(), flows: 1, flowsOpen: 1 }
  expect(residues(open, false)).toEqual([])
  expect(residues(open, true)).toEqual(['I2 conversations: 1 conversations without a fate'])
})

test.each(captures)('%s', async (name) => {
  const capture = openFile(folder + name, { chunkBytes: 512 })
  expect(await residuesOf(sensorOf(), capture.batches())).toEqual([])
})

describe.runIf(existsSync(corpus))('the corpus', () => {
  test.each(globSync('**/*.{pcap,pcapng,cap}', { cwd: corpus }).sort())('%s', async (name) => {
    const capture = openFile(corpus + name, { chunkBytes: 64 * 1024 })
    const sensor = sensorOf({ flows: 64, connections: 16, heldBytes: 4096, operations: 8 })
    try {
      expect(await residuesOf(sensor, capture.batches())).toEqual([])
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
    }
  })
})

test('random captures: cut, changed, with holes, doubled, turned round, out of bounds', async () => {
  const pool = await goldenPackets()
  const bounds = fc.record({
    flows: fc.integer({ min: 1, max: 40 }),
    connections: fc.integer({ min: 1, max: 20 }),
    heldBytes: fc.constantFrom(0, 600, 4096, 1 << 20),
    operations: fc.constantFrom(1, 8, 1 << 20),
  })
  const total: Record<string, number> = {}
  fc.assert(
    fc.property(plans, fc.integer({ min: 1, max: 50 }), bounds, (plan, size, limits) => {
      const sensor = sensorOf(limits)
      for (const batch of batchesOf(pool, plan, size)) {
        sensor.batch(batch)
        expect(residues(sensor.counters(), false)).toEqual([])
      }
      sensor.end()
      const counters = sensor.counters()
      expect(residues(counters, true)).toEqual([])
      for (const [name, value] of Object.entries(counters)) {
        total[name] = (total[name] ?? 0) + value
      }
    }),
    { numRuns: 400, seed: 4 },
  )
  // The property is worth what the captures reach.
  const reached = sensorEquations.flatMap(({ right }) => right).filter(([name]) => total[name])

  expect(reached.length).toBeGreaterThan(50)
})
