/**
 * Golden captures: what the sensor says of every capture below `pcaps` equals, byte for byte, the
 * `.jsonl` beside it. `npm run golden -- --update` writes what it says now; read the difference.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { captureOf } from '../pcaps/build/case.ts'
import { cases } from '../pcaps/build/cases.ts'
import type { Capture } from './capture/capture.ts'
import { openFile, openStream } from './capture/file.ts'
import { captures, folder, found, play } from './golden.ts'

const said = (capture: string): string => capture.replace(/\.pcap(ng)?$/, '.jsonl')

/** One record to a line. */
async function linesOf(capture: Capture): Promise<string> {
  const { records } = await play(capture)
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
    const text = await linesOf(openFile(path))
    const bytes = readFileSync(path)
    for (const size of [1, 1024, 4 * 1024 * 1024]) {
      expect(await linesOf(openStream(cut(bytes, size), name, { chunkBytes: size }))).toBe(text)
    }
    const golden = folder + said(name)
    expect(isUpdate() || existsSync(golden), 'npm run golden -- --update, and read it').toBe(true)
    await expect(text).toMatchFileSnapshot(golden)
  })

  test('no golden file and no note is without its capture', () => {
    const known = new Set(captures.flatMap((name) => [said(name), name.replace(/\.\w+$/, '.md')]))
    expect(found('*/*.{jsonl,md}').filter((file) => !known.has(file))).toEqual([])
  })

  test('the captures are what the builder makes', () => {
    const built = cases.map(captureOf)
    expect(built.map(({ path }) => path).sort()).toEqual(captures)
    const changed = built.filter(({ path, bytes }) => !readFileSync(folder + path).equals(bytes))
    expect(
      changed.map(({ path }) => path),
      'node pcaps/build/build.ts',
    ).toEqual([])
  })
})
