/**
 * Reads one block of a TPACKET_V3 ring in place: struct tpacket_block_desc and tpacket3_hdr of
 * linux/if_packet.h. No offset in it is trusted: a wrong one would be a view of foreign memory.
 */
import type { PacketBatch } from '../capture.ts'

/** Offsets in the block's header. */
const [STATUS, COUNT, FIRST, LENGTH] = [8, 12, 16, 20] as const
/** Offsets in a packet's header; it is followed by the link-layer address. */
const [NEXT, SECONDS, NANOSECONDS, CAPTURED, WIRE, PACKET_STATUS, MAC] = [
  0, 4, 8, 12, 16, 20, 24,
] as const
const [TAG_CONTROL, TAG_PROTOCOL] = [32, 36] as const
const HEADER_BYTES = 48
const STATUS_KERNEL = 0
const STATUS_USER = 1
const VLAN_VALID = 0x10
const VLAN_PROTOCOL_VALID = 0x40
const VLAN_PROTOCOL = 0x8100
const TAG_BYTES = 4
/** Both MAC addresses, which stand before the tag. */
const ADDRESS_BYTES = 12
const ETHERNET = 1

export class BlockReader {
  readonly batch: PacketBatch
  /** Blocks whose header said what cannot be. */
  broken = 0
  /** Captured bytes of all packets. */
  captured = 0
  /** Capture time of the newest packet, µs. */
  last = 0
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #halves: Uint16Array
  readonly #status: Int32Array
  readonly #blockBytes: number
  readonly #snaplen: number

  constructor(bytes: Uint8Array, blockBytes: number, snaplen: number) {
    const { buffer, byteOffset, length } = bytes
    this.#bytes = bytes
    this.#words = new Uint32Array(buffer, byteOffset, length >> 2)
    this.#halves = new Uint16Array(buffer, byteOffset, length >> 1)
    this.#status = new Int32Array(buffer, byteOffset, length >> 2)
    this.#blockBytes = blockBytes
    this.#snaplen = snaplen
    const packets = Math.floor(blockBytes / HEADER_BYTES)
    this.batch = {
      bytes,
      view: new DataView(buffer, byteOffset, length),
      count: 0,
      first: 1,
      offset: new Int32Array(packets),
      captured: new Int32Array(packets),
      wire: new Int32Array(packets),
      time: new Float64Array(packets),
      linkType: new Uint16Array(packets),
    }
  }

  /** The kernel has handed this block over. */
  isReady(block: number): boolean {
    return (
      (Atomics.load(this.#status, (block * this.#blockBytes + STATUS) >> 2) & STATUS_USER) !== 0
    )
  }

  /** Gives it back to the kernel: nothing of it may be read any more. */
  release(block: number): void {
    Atomics.store(this.#status, (block * this.#blockBytes + STATUS) >> 2, STATUS_KERNEL)
  }

  /** Puts the block's packets into the batch. */
  read(block: number, linkType: number): void {
    const { batch } = this
    const base = block * this.#blockBytes
    const words = this.#words
    const end = base + Math.min(words[(base + LENGTH) >> 2] as number, this.#blockBytes)
    const announced = words[(base + COUNT) >> 2] as number
    let at = base + (words[(base + FIRST) >> 2] as number)
    let count = 0
    while (count < announced) {
      const next = this.#packet(at, end, count, linkType)
      if (next < 0) {
        this.broken++
        break
      }
      count++
      if (next === 0) break
      at += next
    }
    batch.first += batch.count
    batch.count = count
    if (count > 0) {
      batch.linkType.fill(linkType, 0, count)
      this.last = batch.time[count - 1] as number
    }
  }

  /** Distance to the next packet, 0 after the last, -1 where this one does not fit. */
  #packet(at: number, end: number, i: number, linkType: number): number {
    if ((at & 3) !== 0 || at + HEADER_BYTES > end) return -1
    const words = this.#words
    const w = at >> 2
    const next = words[w + (NEXT >> 2)] as number
    let captured = words[w + (CAPTURED >> 2)] as number
    let wire = words[w + (WIRE >> 2)] as number
    const mac = this.#halves[(at + MAC) >> 1] as number
    if (mac < HEADER_BYTES || at + mac + captured > end) return -1
    if (next !== 0 && (next < mac + captured || at + next > end)) return -1
    let start = at + mac
    const status = words[w + (PACKET_STATUS >> 2)] as number
    if (
      (status & VLAN_VALID) !== 0 &&
      linkType === ETHERNET &&
      captured >= ADDRESS_BYTES &&
      mac >= HEADER_BYTES + TAG_BYTES
    ) {
      start -= TAG_BYTES
      this.#putTag(start, at, status)
      captured += TAG_BYTES
      wire += TAG_BYTES
    }
    if (captured > this.#snaplen) captured = this.#snaplen
    const { batch } = this
    batch.offset[i] = start
    batch.captured[i] = captured
    batch.wire[i] = wire
    batch.time[i] =
      (words[w + (SECONDS >> 2)] as number) * 1e6 +
      Math.floor((words[w + (NANOSECONDS >> 2)] as number) / 1000)
    this.captured += captured
    return next
  }

  /** The kernel keeps the outer tag apart: put back, the frame is what was on the wire. */
  #putTag(start: number, at: number, status: number): void {
    const bytes = this.#bytes
    const halves = this.#halves
    const control = halves[(at + TAG_CONTROL) >> 1] as number
    const known = (status & VLAN_PROTOCOL_VALID) !== 0
    const protocol = known ? (halves[(at + TAG_PROTOCOL) >> 1] as number) : VLAN_PROTOCOL
    if ((start & 1) === 0) {
      const h = start >> 1
      for (let i = 0; i < ADDRESS_BYTES / 2; i++) halves[h + i] = halves[h + i + 2] as number
    } else {
      bytes.copyWithin(start, start + TAG_BYTES, start + TAG_BYTES + ADDRESS_BYTES)
    }
    bytes[start + 12] = protocol >> 8
    bytes[start + 13] = protocol & 0xff
    bytes[start + 14] = control >> 8
    bytes[start + 15] = control & 0xff
  }
}
