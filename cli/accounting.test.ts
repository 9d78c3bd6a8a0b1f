/**
 * Nothing is lost between the capture and the record: whatever comes in, on one thread or on
 * several, what the sensor and the analyzer count balances after every batch and at the end.
 */
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Account, Capture, PacketBatch } from '#sensor'
import { CaptureError, openFile, residueText, unbalanced } from '#sensor'
import { batchesOf, goldenPackets, plans } from '../sensor/accounting/sample.ts'
import {
  Residues,
  UpstreamLoss,
  accountReasons,
  accountingText,
  lossOf,
  lossText,
  unaccountedFields,
} from './accounting.ts'
import { bundled, loadInputs } from './inputs.ts'
import type { Inputs } from './inputs.ts'
import { Pipeline } from './pipeline.ts'
import { openInline } from './shards/link.ts'

const corpus = bundled('../shared/corpus')
const inputs = loadInputs({})

interface Outcome {
  readonly residues: string[]
  readonly pipeline: Pipeline
  readonly records: Record<string, unknown>[]
}

function pipelineOf(workers: number, keep: (record: Record<string, unknown>) => void, use: Inputs) {
  const rest = { phase: 'learning', site: 'test', sensor: undefined, open: openInline } as const
  return new Pipeline({ ...rest, inputs: use, workers, keep }, 'test')
}

async function account(
  batches: AsyncIterable<PacketBatch> | Iterable<PacketBatch>,
  workers: number,
  capture?: Capture,
): Promise<Outcome> {
  const records: Record<string, unknown>[] = []
  const pipeline = pipelineOf(workers, (record) => void records.push(record), inputs)
  const residues: string[] = []
  const look = (): void => {
    residues.push(...unbalanced(pipeline.accounts(undefined)).map(residueText))
  }
  for await (const batch of batches) {
    await pipeline.sensor.batch(batch)
    look()
    await pipeline.sensor.flush()
    look()
  }
  await pipeline.end(capture?.status())
  residues.push(...unbalanced(pipeline.ledger).map(residueText))
  return { residues, pipeline, records }
}

describe.runIf(existsSync(corpus))('the corpus', () => {
  test.each(globSync('**/*.{pcap,pcapng,cap}', { cwd: corpus }).sort())('%s', async (name) => {
    const capture = openFile(join(corpus, name), { chunkBytes: 64 * 1024 })
    try {
      const { residues, records } = await account(capture.batches(), 1, capture)
      expect(residues).toEqual([])
      const told = records.filter((record) => record['ot.sensor.event'] === 'unaccounted')
      expect(told).toEqual([])
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error
    }
  })
})

test.each([
  [1, 120],
  [2, 120],
  [3, 120],
])('random captures on %i threads', async (workers, numRuns) => {
  const pool = await goldenPackets()
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 60 }), async (plan, size) => {
      const { residues } = await account(batchesOf(pool, plan, size), workers)
      expect(residues).toEqual([])
    }),
    { numRuns, seed: workers },
  )
})

const off: Account = {
  identity: 'I2',
  part: 'packets',
  says: '',
  unit: 'packets',
  left: [{ name: 'read', value: 5 }],
  right: [{ name: 'TCP', value: 3 }],
  residue: 2,
  reason: '',
}

test('a residue is told once it stays, again when it grows, and at the end at once', () => {
  const residues = new Residues()
  expect(residues.look([off], false)).toEqual([])
  expect(residues.look([], false)).toEqual([])
  expect(residues.look([off], false)).toEqual([])
  expect(residues.look([off], false)).toEqual([off])
  expect(residues.look([off], false)).toEqual([])
  const more = { ...off, residue: 3 }
  expect(residues.look([more], false)).toEqual([more])
  expect(residues.look([more], true)).toEqual([])
  expect(new Residues().look([off], true)).toEqual([off])
  expect(new Residues().look([{ ...off, residue: undefined }], true)).toEqual([])
})

test('a residue is an observation, and a finding', async () => {
  const pool = await goldenPackets()
  const records: Record<string, unknown>[] = []
  const pipeline = pipelineOf(1, (record) => void records.push(record), inputs)
  for (const batch of batchesOf(pool, [one], 10)) await pipeline.sensor.batch(batch)
  // The capture says that it handed over more than was looked at.
  const packets = (pipeline.counters()['packets'] ?? 0) + 7
  await pipeline.end({ ...nothing, packets })
  expect(records.at(-1)).toMatchObject({
    'event.dataset': 'ot.sensor',
    'ot.sensor.event': 'unaccounted',
    'ot.sensor.identity': 'I1',
    'ot.sensor.residue': 7,
  })
  const titles = pipeline.analyzer.findings.all().map(({ rule }) => rule.title)
  expect(titles).toContain('The counts of the sensor do not balance')
  expect(accountingText(pipeline.ledger)).toBe(
    'not accounted for: I1 handed over: 7 packets without a fate',
  )
  expect(unaccountedFields(off)).toEqual({
    identity: 'I2',
    part: 'packets',
    unit: 'packets',
    residue: 2,
    left: 5,
    right: 3,
  })
})

const one = { from: 0, length: 20, change: 'none', at: 0, value: 0, step: 1000 } as const
const nothing = {
  name: 'test',
  packets: 0,
  bytes: 0,
  first: undefined,
  last: undefined,
  linkTypes: [],
  truncated: undefined,
  dropped: undefined,
}

test('what hampers the sensor is said in words', () => {
  const counters = { payloadBytes: 990, lostBytes: 10 }
  const wrong = 'not accounted for: I2 packets: 2 packets without a fate'
  expect(accountReasons([off], counters, false)).toEqual([wrong])
  const lost = '1.00 % of the bytes of TCP were lost before the sensor'
  expect(accountReasons([off], counters, true)).toEqual([wrong, lost])
  expect(accountReasons([], counters, true, 3)).toEqual([])
  expect(accountReasons([], {}, true)).toEqual([])
})

test('loss before the sensor is told by the minute, from a tenth of a percent on', () => {
  const counters = (payloadBytes: number, lostBytes: number) => ({ payloadBytes, lostBytes })
  const upstream = new UpstreamLoss(0)
  expect(upstream.look(counters(1e6, 5e5), 59_000, 0)).toBeUndefined()
  expect(upstream.look(counters(999_000, 1000), 60_000, 0)).toBeUndefined()
  expect(upstream.look(counters(1_998_000, 3000), 120_000, 0)).toEqual({
    cause: 'upstream',
    bytes: 2000,
    percent: 0.2,
  })
  // Nothing more was lost, too little was sent to say so, or the kernel lost it here.
  expect(upstream.look(counters(2_998_000, 3000), 180_000, 0)).toBeUndefined()
  expect(upstream.look(counters(2_998_000, 3900), 240_000, 0)).toBeUndefined()
  expect(upstream.look(counters(3_998_000, 9900), 300_000, 7)).toBeUndefined()
})

test('loss is told by cause', () => {
  const counters = { payloadBytes: 1000, lostBytes: 10 }
  expect(lossText(lossOf(nothing, counters))).toBe(
    'lost while capturing not assessable, before the sensor 10 bytes (0.99 %)',
  )
  expect(lossText(lossOf({ ...nothing, dropped: 3 }, {}))).toContain('in the kernel 3,')
})
