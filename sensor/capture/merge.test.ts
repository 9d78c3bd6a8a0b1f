import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import type { Capture } from './capture.ts'
import { CaptureError } from './capture.ts'
import { openStream } from './file.ts'
import { OPEN_FILES_MAX, mergeCaptures } from './merge.ts'
import { fileOpener } from './part.ts'
import type { Opener } from './part.ts'
import { once, pcapFile, record } from './written.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-merge-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A capture with packets at these times, µs; each holds its time, to be told from the others. */
function captureAt(times: readonly number[]): Buffer {
  const records = times.map((time) => {
    const data = Buffer.alloc(8)
    data.writeDoubleBE(time)
    return record(true, [Math.floor(time / 1e6), time % 1e6], data.toString('hex'))
  })
  return pcapFile(true, 0xa1b2c3d4, 65_535, records)
}

interface Watched {
  openers: Opener[]
  /** How many were open at the same time, at most. */
  most: number
  opened: number
}

function watched(captures: Readonly<Record<string, Uint8Array>>, repeats = true): Watched {
  let open = 0
  const result: Watched = { openers: [], most: 0, opened: 0 }
  result.openers = Object.entries(captures).map(([name, bytes]) => ({
    name,
    repeats: () => Promise.resolve(repeats),
    open: (options): Capture => {
      const capture = openStream(once(bytes), name, options)
      result.opened++
      open++
      result.most = Math.max(result.most, open)
      let isOpen = true
      const close = async () => {
        if (isOpen) open--
        isOpen = false
        await capture.close()
      }
      return { batches: () => capture.batches(), status: () => capture.status(), close }
    },
  }))
  return result
}

interface Line {
  file: string | undefined
  number: number
  time: number
}

async function linesOf(capture: Capture): Promise<Line[]> {
  const lines: Line[] = []
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i++) {
      const time = batch.time[i] as number
      expect(batch.view.getFloat64(batch.offset[i] as number)).toBe(time)
      const place = capture.placeOf?.(batch.first + i)
      lines.push({ file: place?.file, number: place?.packet ?? 0, time })
      expect(batch.first + i).toBe(lines.length)
    }
  }
  return lines
}

const timesOf = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 })

describe('several captures as one', () => {
  test('a packet that is larger than a batch of several is one of its own', async () => {
    const large = pcapFile(true, 0xa1b2c3d4, 1 << 20, [
      record(true, [0, 1], '00'.repeat(8)),
      record(true, [0, 3], '07'.repeat(300_000)),
      record(true, [0, 5], '00'.repeat(8)),
    ])
    const { openers } = watched({ large, small: captureAt([2, 4]) })
    const sizes: number[] = []
    for await (const batch of mergeCaptures(openers).batches()) {
      expect(batch.count).toBeGreaterThan(0)
      sizes.push(...batch.captured.subarray(0, batch.count))
    }
    expect(sizes).toEqual([8, 8, 300_000, 8, 8])
  })

  test('packets come in the order of time, each with its file and its number there', async () => {
    const { openers } = watched({
      a: captureAt([1, 4, 5]),
      b: captureAt([2, 3, 6]),
      c: captureAt([]),
    })
    const merged = mergeCaptures(openers)
    expect(await linesOf(merged)).toEqual([
      { file: 'a', number: 1, time: 1 },
      { file: 'b', number: 1, time: 2 },
      { file: 'b', number: 2, time: 3 },
      { file: 'a', number: 2, time: 4 },
      { file: 'a', number: 3, time: 5 },
      { file: 'b', number: 3, time: 6 },
    ])
    expect(merged.statuses().map(({ name, packets }) => [name, packets])).toEqual([
      ['a', 3],
      ['b', 3],
      ['c', 0],
    ])
    expect(merged.status()).toMatchObject({ packets: 6, first: 1, last: 6, truncated: undefined })
  })

  test('whatever the times: sorted where every file is, own order kept, nothing lost', async () => {
    let disordered = 0
    await fc.assert(
      fc.asyncProperty(fc.array(timesOf, { minLength: 1, maxLength: 6 }), async (all) => {
        const named = Object.fromEntries(all.map((times, i) => [`f${i}`, captureAt(times)]))
        const lines = await linesOf(mergeCaptures(watched(named).openers))
        for (const [i, times] of all.entries()) {
          const own = lines.filter(({ file }) => file === `f${i}`)
          expect(own.map(({ time }) => time)).toEqual(times)
          expect(own.map(({ number }) => number)).toEqual(times.map((_, at) => at + 1))
        }
        if (!all.every(isSorted)) {
          disordered++
          return
        }
        // A stable sort of all packets, files in the order given.
        const sorted = lines.toSorted((a, b) => a.time - b.time || order(a.file) - order(b.file))
        expect(lines).toEqual(sorted)
      }),
      { numRuns: 300, seed: 3 },
    )
    expect(disordered).toBeGreaterThan(20)
  })

  test('the order of the files does not matter where no times are the same', async () => {
    const files = { a: captureAt([1, 9, 10]), b: captureAt([2, 5]), c: captureAt([3, 4, 12]) }
    const forwards = await linesOf(mergeCaptures(watched(files).openers))
    const backwards = await linesOf(mergeCaptures(watched(files).openers.toReversed()))
    expect(backwards).toEqual(forwards)
  })

  test('a clock that goes back keeps nobody waiting', async () => {
    const { openers } = watched({ a: captureAt([5, 2, 7]), b: captureAt([4, 6]) })
    const lines = await linesOf(mergeCaptures(openers))
    expect(lines.map(({ time }) => time)).toEqual([4, 5, 2, 6, 7])
  })

  test('a thousand files one after the other: two open at once, however they are named', async () => {
    const named: Record<string, Uint8Array> = {}
    for (let i = 999; i >= 0; i--) named[`f${i}`] = captureAt([i * 10, i * 10 + 9])
    const files = watched(named)
    const lines = await linesOf(mergeCaptures(files.openers))
    expect(lines.length).toBe(2000)
    expect(isSorted(lines.map(({ time }) => time))).toBe(true)
    expect(files.most).toBeLessThanOrEqual(2)
    expect(files.opened).toBe(2000)
  })

  test('what cannot be opened twice is opened once', async () => {
    const files = watched({ a: captureAt([1, 4]), b: captureAt([2, 3]) }, false)
    const lines = await linesOf(mergeCaptures(files.openers))
    expect(lines.map(({ time }) => time)).toEqual([1, 2, 3, 4])
    expect(files.opened).toBe(2)
  })

  test('more overlapping files than may be open are refused with a remedy', async () => {
    const named = Object.fromEntries(
      Array.from({ length: OPEN_FILES_MAX + 1 }, (_, i) => [`f${i}`, captureAt([i, 1000])]),
    )
    const error: unknown = await linesOf(mergeCaptures(watched(named).openers)).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(CaptureError)
    expect((error as CaptureError).code).toBe('FILES_TOO_MANY')
    expect((error as CaptureError).remedy).toContain('mergecap')
  })

  test('files, compressed or not, cut or not; what one of them lacks is told', async () => {
    const plain = join(folder, 'plain.pcap')
    const packed = join(folder, 'packed.pcap.gz')
    writeFileSync(plain, captureAt([2, 4, 6]).subarray(0, -3))
    writeFileSync(packed, gzipSync(captureAt([1, 3, 5])))
    const merged = mergeCaptures([plain, packed].map(fileOpener))
    expect((await linesOf(merged)).map(({ time }) => time)).toEqual([1, 2, 3, 4, 5])
    expect(merged.status().truncated).toContain(`${plain}: ends at byte`)
    const absent = mergeCaptures([plain, join(folder, 'absent.pcap')].map(fileOpener))
    const error: unknown = await linesOf(absent).catch((reason: unknown) => reason)
    expect((error as CaptureError).code).toBe('FILE_NOT_FOUND')
  })
})

function isSorted(times: readonly number[]): boolean {
  return times.every((time, i) => i === 0 || (times[i - 1] as number) <= time)
}

function order(file: string | undefined): number {
  return Number(file?.slice(1))
}
