/** Writes packets to standard output as pcap, in large pieces, and waits where nobody reads. */
import { writeSync } from 'node:fs'

const OUTPUT = 1
const BUFFER_BYTES = 512 * 1024
const MAGIC_MICROSECONDS = 0xa1b2c3d4
const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
/** A reader that is slow frees room within this time. */
const RETRY_MS = 1

export class PcapWriter {
  packets = 0
  readonly #bytes = Buffer.alloc(BUFFER_BYTES)
  readonly #snaplen: number
  #at = 0
  #isFlushSet = false

  constructor(snaplen: number) {
    this.#snaplen = snaplen
  }

  /** LINKTYPE_* of tcpdump.org/linktypes.html. */
  begin(linkType: number): void {
    const bytes = this.#bytes
    bytes.writeUInt32LE(MAGIC_MICROSECONDS, 0)
    bytes.writeUInt16LE(2, 4)
    bytes.writeUInt16LE(4, 6)
    bytes.writeUInt32LE(this.#snaplen, 16)
    bytes.writeUInt32LE(linkType, 20)
    this.#at = FILE_HEADER_BYTES
    this.flush()
  }

  packet(
    seconds: number,
    microseconds: number,
    packet: Buffer,
    length: number,
    wire: number,
  ): void {
    const captured = Math.min(length, this.#snaplen, packet.length)
    if (this.#at + RECORD_HEADER_BYTES + captured > BUFFER_BYTES) this.flush()
    const [bytes, at] = [this.#bytes, this.#at]
    bytes.writeUInt32LE(seconds, at)
    bytes.writeUInt32LE(microseconds, at + 4)
    bytes.writeUInt32LE(captured, at + 8)
    bytes.writeUInt32LE(wire, at + 12)
    packet.copy(bytes, at + RECORD_HEADER_BYTES, 0, captured)
    this.#at = at + RECORD_HEADER_BYTES + captured
    this.packets++
    if (this.#isFlushSet) return
    this.#isFlushSet = true
    setImmediate(() => {
      this.#isFlushSet = false
      this.flush()
    })
  }

  flush(): void {
    let from = 0
    while (from < this.#at) {
      try {
        from += writeSync(OUTPUT, this.#bytes, from, this.#at - from)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'EAGAIN') process.exit(code === 'EPIPE' ? 0 : 1)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      }
    }
    this.#at = 0
  }
}
