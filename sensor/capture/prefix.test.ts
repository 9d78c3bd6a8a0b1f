/** Any beginning of any capture: never a throw but the refusal, never another packet. */
import { existsSync, readFileSync } from 'node:fs'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CaptureError } from './capture.ts'
import {
  block,
  description,
  enhanced,
  option,
  pcapFile,
  read,
  record,
  section,
  words,
} from './written.ts'

const frame = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((b) => Buffer.from(b).toString('hex'))
const time = fc.integer({ min: 0, max: 999_999 })

const pcap = fc
  .tuple(
    fc.boolean(),
    fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34),
    fc.array(fc.tuple(time, frame), { maxLength: 6 }),
  )
  .map(([little, magic, packets]) =>
    pcapFile(
      little,
      magic,
      65_535,
      packets.map(([at, hex], i) =>
        record(little, [1_600_000_000 + i, at], hex, magic === 0xa1b2cd34 ? 8 : 0),
      ),
    ),
  )

const pcapngBlock = fc.oneof(
  fc.tuple(fc.constant('packet' as const), frame),
  fc.tuple(fc.constant('simple' as const), frame),
  fc.tuple(fc.constant('obsolete' as const), frame),
  fc.tuple(fc.constant('interface' as const), frame),
  fc.tuple(fc.constant('custom' as const), frame),
  fc.tuple(fc.constant('section' as const), frame),
)

const pcapng = fc
  .tuple(fc.boolean(), fc.array(pcapngBlock, { maxLength: 10 }))
  .map(([begins, blocks]) => {
    let little = begins
    const out = [section(little), description(little, 1)]
    for (const [kind, hex] of blocks) {
      const bytes = Buffer.from(hex, 'hex')
      const { length } = bytes
      if (kind === 'packet') out.push(enhanced(little, 0, 0x16b1f, length, hex))
      else if (kind === 'simple')
        out.push(block(little, 3, Buffer.concat([words(little, length), bytes])))
      else if (kind === 'obsolete') {
        out.push(block(little, 2, Buffer.concat([words(little, 0, 1, 2, length, length), bytes])))
      } else if (kind === 'custom') out.push(block(little, 0xbad + length, bytes))
      else if (kind === 'interface') {
        out.push(description(little, length, option(little, 9, Buffer.from([length & 15]))))
      } else {
        little = !little
        out.push(section(little), description(little, 113))
      }
    }
    return Buffer.concat(out)
  })

const capture = fc
  .tuple(fc.oneof(pcap, pcapng), fc.constantFrom('plain', 'gzip', 'zstd'))
  .map(([bytes, how]) => {
    if (how === 'plain') return bytes
    return how === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes)
  })

type Read = Awaited<ReturnType<typeof read>>

async function readOrRefused(bytes: Uint8Array, chunk: number): Promise<Read | CaptureError> {
  try {
    return await read(bytes, chunk)
  } catch (error) {
    if (error instanceof CaptureError) return error
    throw error
  }
}

describe('any prefix', () => {
  test('of any capture gives the packets that it holds, and never throws', async () => {
    let cut = 0
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        capture,
        fc.noBias(fc.nat(1_000_000)),
        fc.integer({ min: 1, max: 100 }),
        async (bytes, cutAt, chunk) => {
          const prefix = bytes.subarray(0, cutAt % (bytes.length + 1))
          const whole = await read(bytes, chunk)
          const part = await readOrRefused(prefix, chunk)
          if (part instanceof CaptureError) {
            refused++
            expect(part.code).toBe('NOT_A_CAPTURE')
            return
          }
          cut++
          expect(whole.rows.slice(0, part.rows.length)).toEqual(part.rows)
        },
      ),
      { numRuns: 400, seed: 5 },
    )
    expect(cut).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(10)
  })

  const corpus = new URL('../../../shared/corpus/files/', import.meta.url)
  test.runIf(existsSync(corpus))('of a real capture, at every byte', async () => {
    for (const name of [
      'google+gopacket/pcapgo/tests/be/test202.pcapng',
      'google+gopacket/pcapgo/tests/le/test102.pcapng',
      'zeek+zeek/testing/btest/Traces/mqtt.pcap',
    ]) {
      const bytes = readFileSync(new URL(name, corpus))
      const whole = await read(bytes)
      let before = 0
      for (let length = 12; length <= bytes.length; length++) {
        const { rows } = await read(bytes.subarray(0, length), 4096)
        expect(whole.rows.slice(0, rows.length)).toEqual(rows)
        expect(rows.length).toBeGreaterThanOrEqual(before)
        before = rows.length
      }
      expect(before).toBe(whole.rows.length)
    }
  })
})
