/** Random captures out of the golden ones: for tests that must hold for any input. */
import fc from 'fast-check'
import { folder, captures } from '../golden.ts'
import type { PacketBatch } from '../capture/capture.ts'
import { openFile } from '../capture/file.ts'

export interface Sampled {
  readonly bytes: Uint8Array
  readonly wire: number
  readonly linkType: number
}

/** Every packet of every golden capture, in their order: all kinds, tunnels and fragments. */
export async function goldenPackets(): Promise<Sampled[]> {
  const packets: Sampled[] = []
  for (const name of captures) {
    for await (const batch of openFile(folder + name).batches()) {
      const { count, bytes, offset, captured, wire, linkType } = batch
      for (let i = 0; i < count; i++) {
        const at = offset[i] as number
        const own = Uint8Array.from(bytes.subarray(at, at + (captured[i] as number)))
        packets.push({ bytes: own, wire: wire[i] as number, linkType: linkType[i] as number })
      }
    }
  }
  return packets
}

/** A run of neighbours, with one thing done to it. */
const run = fc.record({
  from: fc.nat(),
  length: fc.integer({ min: 1, max: 24 }),
  /** Of each packet: kept, cut, changed, left out, doubled. */
  change: fc.constantFrom('none', 'none', 'cut', 'byte', 'hole', 'twice', 'turned'),
  at: fc.nat(),
  value: fc.integer({ min: 0, max: 255 }),
  /** µs to the next packet; now and then long enough for what waits to be given up. */
  step: fc.constantFrom(10, 1000, 400_000, 61_000_000, -20_000_000),
})

export const plans = fc.array(run, { minLength: 1, maxLength: 12 })
type Plan = readonly (typeof run extends fc.Arbitrary<infer T> ? T : never)[]

/** Packets of a plan in batches of at most `size`. */
export function batchesOf(pool: readonly Sampled[], plan: Plan, size: number): PacketBatch[] {
  const packets: Sampled[] = []
  const times: number[] = []
  let now = 1_700_000_000_000_000
  for (const { from, length, change, at, value, step } of plan) {
    const start = from % pool.length
    const chosen = pool.slice(start, start + length)
    for (const [i, packet] of (change === 'turned' ? chosen.toReversed() : chosen).entries()) {
      if (change === 'hole' && i === at % length) continue
      const copies = change === 'twice' ? 2 : 1
      for (let k = 0; k < copies; k++) {
        packets.push(changed(packet, change, at, value))
        times.push((now += step))
      }
    }
  }
  const batches: PacketBatch[] = []
  for (let first = 0; first < packets.length; first += size) {
    const some = packets.slice(first, first + size)
    batches.push(batchOf(some, times.slice(first, first + size), first + 1))
  }
  return batches
}

function changed(packet: Sampled, change: string, at: number, value: number): Sampled {
  const { bytes, wire, linkType } = packet
  if (bytes.length === 0) return packet
  const place = at % bytes.length
  if (change === 'cut') return { bytes: bytes.subarray(0, place), wire, linkType }
  if (change !== 'byte') return packet
  const other = Uint8Array.from(bytes)
  other[place] = value
  return { bytes: other, wire, linkType }
}

function batchOf(
  packets: readonly Sampled[],
  times: readonly number[],
  first: number,
): PacketBatch {
  const bytes = Buffer.concat(packets.map((packet) => packet.bytes))
  const captured = Int32Array.from(packets, (packet) => packet.bytes.length)
  let at = 0
  const offset = captured.map((length) => (at += length) - length)
  return {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    count: packets.length,
    first,
    offset,
    captured,
    wire: Int32Array.from(packets, ({ wire }) => wire),
    time: Float64Array.from(times),
    linkType: Uint16Array.from(packets, ({ linkType }) => linkType),
  }
}
