/**
 * A flood from a million forged addresses beside the recorded plant: what is found in the plant is
 * found all the same, the flood is one finding, and memory stays bounded.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { openFile } from '#sensor'

const FLOOD = 1_000_000
const RESIDENT_MIB = 512
const LIMIT_RULE = 'cc974669-12cc-5f82-8bed-5b145ce44a35'

const root = fileURLToPath(new URL('..', import.meta.url))
const plant = join(root, 'pcaps', 'plant')
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-flood-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Found {
  readonly rule: { readonly id: string }
  readonly source?: { readonly ip?: string }
  readonly target?: { readonly ip?: string }
  readonly severity: string
  readonly count: number
  readonly summary: string
}

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

class Writer {
  readonly #file: number
  readonly #bytes = Buffer.alloc(1 << 20)
  #at = 24

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    this.#bytes.writeUInt32LE(0xa1b2c3d4, 0)
    this.#bytes.writeUInt16LE(2, 4)
    this.#bytes.writeUInt16LE(4, 6)
    this.#bytes.writeUInt32LE(65_535, 16)
    this.#bytes.writeUInt32LE(1, 20)
  }

  record(time: number, bytes: Uint8Array): void {
    if (this.#at + 16 + bytes.length > this.#bytes.length) this.#flush()
    this.#bytes.writeUInt32LE(Math.floor(time / 1e6), this.#at)
    this.#bytes.writeUInt32LE(Math.floor(time % 1e6), this.#at + 4)
    this.#bytes.writeUInt32LE(bytes.length, this.#at + 8)
    this.#bytes.writeUInt32LE(bytes.length, this.#at + 12)
    this.#bytes.set(bytes, this.#at + 16)
    this.#at += 16 + bytes.length
  }

  close(): void {
    this.#flush()
    closeSync(this.#file)
  }

  #flush(): void {
    writeSync(this.#file, this.#bytes, 0, this.#at)
    this.#at = 0
  }
}

/** SYN segments to the Modbus port of one server, each from another address. */
function forger(): () => Buffer {
  const next = random(7)
  const frame = Buffer.alloc(60)
  frame.write('0080f40a0a0a02deadbeef010800450000280000000040060000', 'hex')
  frame.write('0a69eec0', 30, 'hex')
  frame.writeUInt16BE(502, 36)
  frame.writeUInt16BE(0x5002, 46)
  return () => {
    frame.writeUInt32BE(next(), 26)
    // No group address, and none of the plant's.
    if ((frame[26] as number) >= 224 || frame[26] === 10) frame[26] = 99
    frame.writeUInt16BE(1024 + (next() % 60_000), 34)
    frame.writeUInt32BE(next(), 38)
    return frame
  }
}

/** The plant's day, and in the middle of it `flood` segments. */
async function write(path: string, flood: number): Promise<void> {
  const times: number[] = []
  const packets: Buffer[] = []
  for await (const batch of openFile(join(plant, 'day.pcapng')).batches()) {
    for (let i = 0; i < batch.count; i++) {
      const start = batch.offset[i] as number
      times.push(batch.time[i] as number)
      packets.push(Buffer.from(batch.bytes.subarray(start, start + (batch.captured[i] as number))))
    }
  }
  const first = times[0] as number
  const whole = (times.at(-1) as number) - first
  const at = (i: number): number => first + whole * (0.3 + (0.4 * i) / FLOOD)
  const writer = new Writer(path)
  const forged = forger()
  let sent = 0
  packets.forEach((bytes, i) => {
    for (; sent < flood && at(sent) <= (times[i] as number); sent++)
      writer.record(at(sent), forged())
    writer.record(times[i] as number, bytes)
  })
  expect(sent).toBe(flood)
  writer.close()
}

/** The whole pipeline in a process of its own, which says in the end how much memory it took. */
function analyze(path: string): { readonly findings: Found[]; readonly mebibytes: number } {
  const program = `
    process.argv.splice(1, 0, 'fieldtap')
    process.on('exit', () => process.stderr.write('#' + process.resourceUsage().maxRSS))
    await import(${JSON.stringify(join(root, 'cli', 'main.ts'))})`
  const inputs = ['policy', 'baseline'].flatMap((name) => [
    `--${name}`,
    join(plant, `${name}.yaml`),
  ])
  const args = ['--input-type=module', '-e', program, '--', 'analyze', path, '--json', ...inputs]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  const { findings } = JSON.parse(stdout) as { findings: Found[] }
  return { findings, mebibytes: Number(/#(\d+)$/.exec(stderr)?.[1]) / 1024 }
}

function keys(findings: readonly Found[]): string[] {
  return findings
    .map(({ rule, source, target, severity, count, summary }) =>
      [rule.id, source?.ip, target?.ip, severity, count, summary].join(' '),
    )
    .sort()
}

test('a million forged SYNs', async () => {
  const [quiet, loud] = [join(folder, 'quiet.pcap'), join(folder, 'loud.pcap')]
  await write(quiet, 0)
  await write(loud, FLOOD)
  const alone = analyze(quiet)
  const beside = analyze(loud)
  const isLimit = ({ rule }: Found): boolean => rule.id === LIMIT_RULE
  expect(alone.findings.length).toBeGreaterThan(20)
  expect(alone.findings.filter(isLimit)).toEqual([])
  expect(keys(beside.findings.filter((one) => !isLimit(one)))).toEqual(keys(alone.findings))
  expect(beside.findings.filter(isLimit).map(({ summary }) => summary)).toEqual([
    expect.stringContaining('attempts'),
  ])
  expect(readFileSync(loud).length).toBeGreaterThan(FLOOD * 60)
  expect(beside.mebibytes).toBeLessThan(RESIDENT_MIB)
})
