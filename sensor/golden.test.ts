/**
 * Golden captures: what the sensor says of every capture below `pcaps` equals, byte for byte, the
 * `.jsonl` beside it. `npm run golden -- --update` writes what it says now; read the difference.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { captureOf } from '../pcaps/build/case.ts'
import { cases } from '../pcaps/build/cases.ts'
import { openFile, openStream } from './capture/file.ts'
import type { Capture } from './capture/capture.ts'
import type { Observation } from './observation.ts'
import * as record from './observation.ts'
import { Sensor } from './observe.ts'
import { dissectors } from './protocols/index.ts'

const folder = fileURLToPath(new URL('../pcaps/', import.meta.url))
const found = (pattern: string): string[] =>
  globSync(pattern, { cwd: folder, exclude: ['lab/**', 'plant/**', '**/node_modules/**'] }).sort()
const captures = found('**/*.{pcap,pcapng}')
const said = (capture: string): string => capture.replace(/\.pcap(ng)?$/, '.jsonl')

/** Names the sensor in every record and in the ids, which are made from it. */
const SENSOR = 'golden'

/** Every record that the capture gives, in the order of `event.sequence`, one to a line. */
async function saidOf(capture: Capture): Promise<string> {
  const records: Observation[] = []
  const sensor = new Sensor({
    dissectors,
    sink: {
      requested: () => {},
      completed: (told) => records.push(record.operationRecord(SENSOR, told)),
      identity: (told) => records.push(record.identityRecord(SENSOR, told)),
      conversation: (told) => records.push(record.conversationRecord(SENSOR, told)),
      anomaly: (told) => records.push(record.anomalyRecord(SENSOR, told)),
      health: (told) => records.push(record.sensorRecord(SENSOR, told)),
    },
  })
  for await (const batch of capture.batches()) sensor.batch(batch)
  sensor.end()
  records.sort((a, b) => Number(a['event.sequence']) - Number(b['event.sequence']))
  return records.map((one) => `${JSON.stringify(one)}\n`).join('')
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** `--update`, which vitest keeps in the state of its snapshots. */
function isUpdate(): boolean {
  const { snapshotState } = expect.getState() as unknown as {
    readonly snapshotState?: { readonly _updateSnapshot?: string }
  }
  return snapshotState?._updateSnapshot === 'all'
}

describe('golden captures', () => {
  test.each(captures)('%s', async (name) => {
    const path = folder + name
    const text = await saidOf(openFile(path))
    const bytes = readFileSync(path)
    for (const size of [1, 1024, 4 * 1024 * 1024]) {
      expect(await saidOf(openStream(cut(bytes, size), name, { chunkBytes: size }))).toBe(text)
    }
    const golden = folder + said(name)
    expect(isUpdate() || existsSync(golden), 'npm run golden -- --update, and read it').toBe(true)
    await expect(text).toMatchFileSnapshot(golden)
  })

  test('no golden file is without its capture', () => {
    const known = new Set(captures.map(said))
    expect(found('**/*.jsonl').filter((file) => !known.has(file))).toEqual([])
  })

  test('the captures are what the builder makes', () => {
    const built = cases.map(captureOf)
    expect(built.map(({ path }) => path).sort()).toEqual(captures)
    const changed = built.filter(({ path, bytes }) => !readFileSync(folder + path).equals(bytes))
    expect(changed.map(({ path }) => path), 'node pcaps/build/build.ts').toEqual([])
  })
})
