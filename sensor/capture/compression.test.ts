import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CaptureError } from './capture.ts'
import { openStream } from './file.ts'
import { once, pcapFile, read, record } from './written.ts'

/** Packets of which no two are alike, so that cutting and damage can be told from the rest. */
const records = Array.from({ length: 400 }, (_, i) => {
  const data = Buffer.alloc(90)
  for (let at = 0; at < 90; at++) data[at] = (Math.imul(i * 90 + at, 0x9e3779b1) >>> 13) & 0x3f
  return record(true, [i, i], data.toString('hex'))
})
const plain = pcapFile(true, 0xa1b2c3d4, 65_535, records)
const whole = await read(plain)

const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }
const zstd = (bytes: Uint8Array) => zstdCompressSync(bytes, checked)
const skippable = Buffer.from('532a4d180500000001020304ff', 'hex')
const kinds = { gzip: (bytes: Uint8Array) => gzipSync(bytes), zstd }
const half = plain.length >> 1

async function refused(bytes: Uint8Array): Promise<CaptureError> {
  const error: unknown = await read(bytes).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(CaptureError)
  return error as CaptureError
}

const forms: [string, Buffer][] = [
  ['gzip', gzipSync(plain)],
  [
    'gzip, two members',
    Buffer.concat([gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))]),
  ],
  [
    'gzip, an empty member between',
    Buffer.concat([gzipSync(plain.subarray(0, 5)), gzipSync(''), gzipSync(plain.subarray(5))]),
  ],
  ['gzip, padded with zeros', Buffer.concat([gzipSync(plain), Buffer.alloc(700)])],
  ['zstd', zstdCompressSync(plain)],
  ['zstd with a checksum', zstd(plain)],
  [
    'zstd, two frames',
    Buffer.concat([zstd(plain.subarray(0, half)), zstdCompressSync(plain.subarray(half))]),
  ],
  [
    'zstd, skippable frames before, between, behind',
    Buffer.concat([
      skippable,
      zstd(plain.subarray(0, 3)),
      skippable,
      skippable,
      zstd(plain.subarray(3)),
      skippable,
    ]),
  ],
]

describe('compressed captures', () => {
  test.each(forms)('%s reads like the capture in it, in any chunks', async (_, bytes) => {
    for (const chunk of [1, 4096, 1 << 20]) {
      const { rows, status } = await read(bytes, chunk)
      expect(rows).toEqual(whole.rows)
      expect(status).toEqual(whole.status)
    }
  })

  test('however the bytes come in, also one by one', async () => {
    async function* single(bytes: Buffer) {
      await Promise.resolve()
      for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
    }
    for (const compress of Object.values(kinds)) {
      const capture = openStream(single(compress(plain)), 'single')
      let packets = 0
      for await (const batch of capture.batches()) packets += batch.count
      expect([packets, capture.status().truncated]).toEqual([400, undefined])
    }
  })

  test.each(Object.entries(kinds))(
    '%s cut anywhere: what is whole is read, and told',
    async (kind, compress) => {
      const bytes = compress(plain)
      let most = 0
      for (let length = 4; length < bytes.length; length += 1 + (length >> 4)) {
        const cut = bytes.subarray(0, length)
        const result = await read(cut).catch((error: unknown) => error)
        if (result instanceof CaptureError) {
          expect(result.message).toContain(`${kind} data ends too soon`)
          continue
        }
        const { rows, status } = result as Awaited<ReturnType<typeof read>>
        expect(whole.rows.slice(0, rows.length)).toEqual(rows)
        expect(status.truncated).toContain(`${kind} data ends too soon`)
        expect(status.truncated).toMatch(/before byte \d+ of the file/)
        // Where it was cut between two records, nothing more is to be said.
        const inside = /ends at byte \d+(.*?), inside/.exec(status.truncated ?? '')?.[1]
        expect([undefined, ' of what was unpacked']).toContain(inside)
        most = Math.max(most, rows.length)
      }
      // One block of zstd holds all of them.
      expect(most).toBeGreaterThan(kind === 'gzip' ? 300 : -1)
    },
  )

  test.each(Object.entries(kinds))(
    '%s with a wrong checksum: all packets, and told',
    async (kind, compress) => {
      const bytes = compress(plain)
      const at = bytes.length - (kind === 'gzip' ? 6 : 2)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      const { rows, status } = await read(bytes)
      expect(rows).toEqual(whole.rows)
      expect(status.truncated).toContain(`${kind} data is damaged`)
    },
  )

  test.each(Object.entries(kinds))(
    '%s with other bytes behind it: all packets, and told',
    async (kind, compress) => {
      const { rows, status } = await read(Buffer.concat([compress(plain), Buffer.from('and more')]))
      expect(rows).toEqual(whole.rows)
      expect(status.truncated).toContain(`the ${kind} data is`)
    },
  )

  test('damage in the middle: a file and a pipe stop at the same packet', async () => {
    const bytes = gzipSync(plain)
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 8)
    const one = await read(bytes, 1 << 20)
    expect(one.rows.length).toBeGreaterThan(20)
    expect(one.rows.length).toBeLessThan(400)
    expect(one.status.truncated).toBeDefined()
    expect(await read(bytes, 3)).toEqual(one)
  })

  test.each([
    ['gzip in gzip', gzipSync(gzipSync(plain)), 'gzip data of what is not a capture', 'gunzip'],
    ['gzip in zstd', zstd(gzipSync(plain)), 'seems to be gzip data', 'unzstd'],
    ['zstd in gzip', gzipSync(zstd(plain)), 'seems to be zstd data', 'gunzip'],
    ['text in gzip', gzipSync('only some notes, no packets'), 'seems to be text', 'pcap'],
    ['nothing in gzip', gzipSync(''), 'is empty', 'check'],
  ])('%s is refused', async (_, bytes, is, remedy) => {
    const error = await refused(bytes)
    expect(error.code).toBe('NOT_A_CAPTURE')
    expect(error.message).toContain(is)
    expect(error.remedy).toContain(remedy)
  })

  test('zstd that needs a large window is refused by its header', async () => {
    // Frame header: checksum flag, window descriptor 0x70 is 2^24 bytes (RFC 8878, 3.1.1.1.2).
    const error = await refused(Buffer.from('28b52ffd0470010000', 'hex'))
    expect(error.code).toBe('COMPRESSION_WINDOW')
    expect(error.message).toContain('16 MiB')
    expect(error.remedy).toContain('unzstd')
    // A single segment needs what it says that it will hold: 4 GiB.
    const single = await refused(Buffer.from('28b52ffda0ffffffff010000', 'hex'))
    expect(single.code).toBe('COMPRESSION_WINDOW')
  })

  test('it can be closed while it unpacks', async () => {
    const capture = openStream(once(gzipSync(plain)), 'closed')
    for await (const batch of capture.batches()) {
      expect(batch.count).toBeGreaterThan(0)
      await capture.close()
    }
    expect(capture.status().packets).toBeGreaterThan(0)
  })
})
