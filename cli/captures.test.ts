import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding } from '#analyzer'
import { openFile } from '#sensor'
import { openCaptures } from './captures.ts'
import { makeDocument } from './document.ts'
import type { Document } from './document.ts'
import { bundled, loadInputs } from './inputs.ts'
import { runCapture } from './pipeline.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-captures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const whole = bundled('pcaps/plant/misuse/function-code-scan.pcapng')
const one = join(folder, 'one.pcap')
const other = join(folder, 'other.pcap.gz')
/** Of each packet of the whole: its file, and its number there. */
const places: [string, number][] = []

/** Two mirror ports: each sees some of the packets. */
beforeAll(async () => {
  const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
  const parts: Record<string, Buffer[]> = { [one]: [header], [other]: [header] }
  for await (const { bytes, count, offset, captured, wire, time } of openFile(whole).batches()) {
    for (let i = 0; i < count; i++) {
      const at = offset[i] as number
      const data = bytes.slice(at, at + (captured[i] as number))
      const head = new Uint32Array([(time[i] as number) / 1e6, (time[i] as number) % 1e6])
      const lengths = new Uint32Array([data.length, wire[i] as number])
      const file = (i * 7) % 5 < 2 ? one : other
      const part = parts[file] as Buffer[]
      part.push(Buffer.concat([Buffer.from(head.buffer), Buffer.from(lengths.buffer), data]))
      places.push([file, part.length - 1])
    }
  }
  writeFileSync(one, Buffer.concat(parts[one] as Buffer[]))
  writeFileSync(other, gzipSync(Buffer.concat(parts[other] as Buffer[])))
})

async function analyse(files: readonly string[]): Promise<Document> {
  const capture = openCaptures(files)
  const options = { inputs: loadInputs({}), site: 'test', sensor: undefined }
  const pipeline = await runCapture({ ...options, phase: 'watching' }, capture, () => {})
  return makeDocument(capture.statuses(), pipeline, 'watching')
}

/** Without the places of packets. */
function said(findings: readonly Finding[]): unknown[] {
  return findings.map(({ evidence, ...finding }) => ({ ...finding, evidence: evidence.length }))
}

test('two mirror ports are one capture, whatever their order; evidence names its file', async () => {
  const expected = await analyse([whole])
  const merged = await analyse([one, other])
  const turned = await analyse([other, one])
  expect(expected.findings.length).toBeGreaterThan(3)
  expect(merged.counts).toEqual(expected.counts)
  expect(said(merged.findings)).toEqual(said(expected.findings))
  expect(turned.findings).toEqual(merged.findings)
  expect(merged.capture.files.map(({ name }) => name)).toEqual([one, other])
  const cited = merged.findings.flatMap(({ evidence }) => evidence)
  const known = expected.findings.flatMap(({ evidence }) => evidence)
  expect(cited.map(({ file, packet }) => [file, packet])).toEqual(
    known.map(({ packet }) => places[packet - 1]),
  )
  expect(new Set(cited.map(({ file }) => file))).toEqual(new Set([one, other]))
})

test.each([
  ['gzip', (bytes: Uint8Array) => gzipSync(bytes)],
  ['zstd', (bytes: Uint8Array) => zstdCompressSync(bytes)],
])('%s: the same document as of the capture in it', async (name, compress) => {
  const packed = join(folder, name)
  writeFileSync(packed, compress(readFileSync(whole)))
  expect(await analyse([packed])).toEqual(await analyse([whole]))
})
