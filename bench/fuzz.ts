/**
 * Mutates real input and asks every parser to bear it: capture files, packets, streams, policies,
 * rules, configurations. A throw is a defect; so is a target in which nothing was ever refused
 * (then the mutations test nothing). The seed is printed: the same seed gives the same run.
 *
 *   node bench/fuzz.ts [--seconds 30] [--seed N] [--target NAME]
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Sink } from '#sensor'
import { CaptureError, Sensor, dissectors, openFile, openStream } from '#sensor'
import { Analyzer, Baseline, Zones, loadPolicy, loadRules, readRuleFiles } from '#analyzer'

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string' },
    target: { type: 'string' },
  },
})
const seed = Number(flags.seed ?? Date.now() % 2 ** 31)

/** Tommy Ettinger's mulberry32. */
function mulberry32(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const random = mulberry32(seed)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T

const interesting = [0, 1, 2, 4, 0x7f, 0x80, 0xfe, 0xff]

/** A few changes of bytes: flips, interesting values, copies, cuts, insertions. */
function mutate(input: Uint8Array): Uint8Array {
  let bytes = Uint8Array.from(input)
  for (let change = 1 + below(8); change > 0 && bytes.length > 0; change--) {
    const at = below(bytes.length)
    switch (below(6)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8))
        break
      case 1:
        bytes[at] = pick(interesting)
        break
      case 2:
        bytes.copyWithin(at, below(bytes.length), below(bytes.length))
        break
      case 3:
        bytes = bytes.subarray(0, at)
        break
      case 4:
        bytes.fill(pick(interesting), at, at + 1 + below(4))
        break
      default: {
        const more = new Uint8Array(bytes.length + 1 + below(16))
        more.set(bytes.subarray(0, at))
        more.set(bytes.subarray(at), more.length - (bytes.length - at))
        bytes = more
      }
    }
  }
  return bytes
}

/** `ok` took it, `refused` said what is wrong; anything thrown is a defect. */
type Outcome = 'ok' | 'refused'

interface Target {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly run: (input: Uint8Array) => Outcome | Promise<Outcome>
}

const plant = 'pcaps/plant'
const golden = 'pcaps/packet'
const captures = [
  ...readdirSync(join(plant, 'misuse')).map((file) => join(plant, 'misuse', file)),
].map((file) => Uint8Array.from(readFileSync(file)))
/** Short, so that a change meets headers, tables and checksums and not only what is coded. */
const packed = captures.flatMap((bytes) => {
  const some = bytes.subarray(0, 6000)
  const half = some.length >> 1
  const members = [gzipSync(some.subarray(0, half)), gzipSync(some.subarray(half))]
  return [gzipSync(some), zstdCompressSync(some), Buffer.concat(members)]
})

function analyzer(): Sink & { end(): void } {
  return new Analyzer({
    sensor: 'fuzz',
    site: 'fuzz',
    rules: loadRules([]).rules,
    zones: new Zones(undefined),
    baseline: new Baseline({ phase: 'watching' }),
    keep: (record) => void JSON.stringify(record),
  })
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + below(5000)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function runCapture(bytes: Uint8Array): Promise<Outcome> {
  const sink = analyzer()
  const sensor = new Sensor({ dissectors, sink })
  const capture = openStream(chunks(bytes), 'fuzz')
  try {
    for await (const batch of capture.batches()) sensor.batch(batch)
  } catch (error) {
    if (error instanceof CaptureError) return 'refused'
    throw error
  }
  sensor.end()
  sink.end()
  return capture.status().truncated === undefined ? 'ok' : 'refused'
}

/** Packets mutated one by one, in the order of a real capture, on one sensor. */
async function packetSequence(file: string): Promise<(input: Uint8Array) => Outcome> {
  const packets: { bytes: Uint8Array; time: number; linkType: number }[] = []
  const capture = openFile(file)
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count && packets.length < 3000; i++) {
      const start = batch.offset[i] ?? 0
      packets.push({
        bytes: batch.bytes.slice(start, start + (batch.captured[i] ?? 0)),
        time: batch.time[i] ?? 0,
        linkType: batch.linkType[i] ?? 1,
      })
    }
  }
  await capture.close()
  let at = 0
  let sensor = new Sensor({ dissectors, sink: analyzer() })
  return () => {
    const packet = packets[at++ % packets.length]
    if (packet === undefined) return 'refused'
    if (at % 20_000 === 0) {
      sensor.end()
      sensor = new Sensor({ dissectors, sink: analyzer() })
    }
    // Most of the headers stay whole, or nothing behind them would ever be reached.
    const keep = random() < 0.8 ? Math.min(packet.bytes.length, 54) : 0
    const tail = random() < 0.3 ? mutate(packet.bytes.subarray(keep)) : packet.bytes.subarray(keep)
    const bytes = new Uint8Array(keep + tail.length)
    bytes.set(packet.bytes.subarray(0, keep))
    bytes.set(tail, keep)
    sensor.batch({
      bytes,
      view: new DataView(bytes.buffer),
      count: 1,
      first: at,
      offset: Int32Array.of(0),
      captured: Int32Array.of(bytes.length),
      wire: Int32Array.of(bytes.length),
      time: Float64Array.of(packet.time),
      linkType: Uint16Array.of(packet.linkType),
    })
    return bytes.length < packet.bytes.length ? 'refused' : 'ok'
  }
}

/** Frames of every encapsulation and fragments, changed anywhere, on one sensor. */
async function encapsulations(): Promise<(input: Uint8Array) => Outcome> {
  const frames: { bytes: Uint8Array; linkType: number }[] = []
  for (const file of readdirSync(golden).filter((name) => name.endsWith('.pcap'))) {
    const capture = openFile(join(golden, file))
    for await (const batch of capture.batches()) {
      for (let i = 0; i < batch.count; i++) {
        const start = batch.offset[i] ?? 0
        const bytes = batch.bytes.slice(start, start + (batch.captured[i] ?? 0))
        frames.push({ bytes, linkType: batch.linkType[i] ?? 1 })
      }
    }
    await capture.close()
  }
  let sensor = new Sensor({ dissectors, sink: analyzer() })
  let packets = 0
  let time = 0
  return () => {
    // A run of neighbours, as fragments only meet their own.
    const from = below(frames.length)
    let refused = false
    for (let at = from; at < Math.min(frames.length, from + 1 + below(12)); at++) {
      const { bytes: whole, linkType } = frames[below(20) === 0 ? below(frames.length) : at] ?? {
        bytes: new Uint8Array(0),
        linkType: 1,
      }
      const isChanged = below(3) === 0
      const bytes = isChanged ? mutate(whole) : whole
      refused ||= isChanged
      sensor.batch({
        bytes,
        view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
        count: 1,
        first: ++packets,
        offset: Int32Array.of(0),
        captured: Int32Array.of(bytes.length),
        wire: Int32Array.of(Math.max(whole.length, bytes.length)),
        time: Float64Array.of((time += below(30) === 0 ? below(40_000_000) : 1000)),
        linkType: Uint16Array.of(linkType),
      })
    }
    if (packets > 50_000) {
      sensor.end()
      balanced(sensor.counters())
      sensor = new Sensor({ dissectors, sink: analyzer() })
      packets = 0
    }
    return refused ? 'refused' : 'ok'
  }
}

/** Each packet has one outcome, each fragment one fate; anything else is a defect. */
function balanced(counters: Readonly<Record<string, number>>): void {
  const sum = (prefix: string, names?: readonly string[]): number =>
    Object.entries(counters)
      .filter(([name]) => name.startsWith(prefix))
      .filter(([name]) => names === undefined || names.includes(name.slice(prefix.length)))
      .reduce((all, [, count]) => all + count, 0)
  const fates = ['joined', 'repeated', 'malformed', 'cut', 'incomplete', 'evicted', 'waiting']
  const seen = counters['fragments.seen'] ?? 0
  if (sum('packets.') !== counters['packets'] || sum('fragments.', fates) !== seen) {
    throw new Error(`out of balance: ${JSON.stringify(counters)}`)
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const ruleTexts = readRuleFiles(['rules']).map(({ text }) => encode(text))

async function targets(): Promise<Target[]> {
  return [
    { name: 'capture', seeds: captures, run: runCapture },
    { name: 'packed', seeds: packed, run: runCapture },
    {
      name: 'packets',
      seeds: [new Uint8Array(1)],
      run: await packetSequence(join(plant, 'day.pcapng')),
    },
    { name: 'tunnels', seeds: [new Uint8Array(1)], run: await encapsulations() },
    {
      name: 'policy',
      seeds: [encode(readFileSync(join(plant, 'policy.yaml'), 'utf8'))],
      run: (input) => (loadPolicy(decode(input), 'fuzz').errors.length > 0 ? 'refused' : 'ok'),
    },
    {
      name: 'rules',
      seeds: ruleTexts,
      run: (input) => {
        const { errors } = loadRules([{ file: 'fuzz', text: decode(input) }])
        return errors.length > 0 ? 'refused' : 'ok'
      },
    },
    {
      name: 'baseline',
      seeds: [encode(readFileSync(join(plant, 'baseline.yaml'), 'utf8').slice(0, 20_000))],
      run: (input) => (Baseline.load(decode(input), 'fuzz').errors.length > 0 ? 'refused' : 'ok'),
    },
  ]
}

async function fuzz(target: Target, milliseconds: number): Promise<boolean> {
  const counts: Record<Outcome, number> = { ok: 0, refused: 0 }
  const end = performance.now() + milliseconds
  let slowest = 0
  while (performance.now() < end) {
    const base = pick(target.seeds)
    const input = random() < 0.02 ? base : mutate(base)
    const began = performance.now()
    try {
      counts[await target.run(input)]++
    } catch (error) {
      const file = join(tmpdir(), `fieldtap-fuzz-${target.name}-${seed}.bin`)
      writeFileSync(file, input)
      console.error(`${target.name}: threw on ${file} (seed ${seed})`, error)
      return false
    }
    slowest = Math.max(slowest, performance.now() - began)
  }
  const total = counts.ok + counts.refused
  console.log(
    `${target.name.padEnd(10)} ${total} inputs, ${counts.ok} taken, ${counts.refused} refused, ` +
      `slowest ${slowest.toFixed(1)} ms`,
  )
  if (counts.ok > 0 && counts.refused > 0) return true
  console.error(`${target.name}: only one outcome: the mutations test nothing`)
  return false
}

const all = (await targets()).filter(({ name }) => [undefined, name].includes(flags.target))
const each = (Number(flags.seconds) * 1000) / all.length
console.log(`seed ${seed}`)
let clean = all.length > 0
for (const target of all) clean = (await fuzz(target, each)) && clean
process.exitCode = clean ? 0 : 1
