/** Captures in files and on pipes: one reader for both, in large chunks. */
import type { Capture, CaptureStatus, PacketBatch } from './capture.ts'
import { MAGIC_BYTES, compressionOf } from './compression.ts'
import { CHUNK_BYTES, RecordReader } from './records.ts'
import type { ByteSource } from './source.ts'
import { FileSource, StreamSource } from './source.ts'
import { Unpacked } from './unpacked.ts'

export interface ReadOptions {
  readonly chunkBytes?: number
}

/** The first read is short: all that it must do is to say whether the capture is compressed. */
const HEAD_BYTES = 64 * 1024

/** A capture file. Nothing is opened before the first batch is asked for. */
export function openFile(path: string, options: ReadOptions = {}): Capture {
  return new ReadCapture(new FileSource(path), path, options.chunkBytes ?? CHUNK_BYTES)
}

/** Standard input, or any stream of bytes: read as it comes. */
export function openStream(
  readable: AsyncIterable<Uint8Array>,
  name: string,
  options: ReadOptions = {},
): Capture {
  return new ReadCapture(new StreamSource(readable), name, options.chunkBytes ?? CHUNK_BYTES)
}

class ReadCapture implements Capture {
  readonly #reader: RecordReader
  readonly #name: string
  readonly #chunkBytes: number
  #source: ByteSource
  #closed = false
  #reading = false
  /** Whether it is known if the bytes are compressed. */
  #looked = false

  constructor(source: ByteSource, name: string, chunkBytes: number) {
    this.#source = source
    this.#name = name
    this.#chunkBytes = chunkBytes
    this.#reader = new RecordReader(name, chunkBytes)
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const reader = this.#reader
    this.#reading = true
    try {
      while (!this.#closed && !reader.broken) {
        const max = this.#looked ? this.#chunkBytes : Math.min(HEAD_BYTES, this.#chunkBytes)
        const room = Math.min(reader.room(), max)
        const count = await this.#source.read(reader.bytes, reader.end, room)
        reader.end += count
        if (!this.#looked && !this.#look(count === 0)) continue
        if (count === 0) {
          reader.ended = true
          while (reader.parse()) yield reader.batch
          reader.finish(this.#source.problem)
          return
        }
        while (reader.parse()) yield reader.batch
      }
    } finally {
      this.#reading = false
      await this.close()
    }
  }

  /** Puts the unpacking between where there is something to unpack; false: read on. */
  #look(ended: boolean): boolean {
    const reader = this.#reader
    if (reader.end < MAGIC_BYTES && !ended) return false
    this.#looked = true
    const compression = compressionOf(reader.bytes.subarray(0, reader.end))
    if (compression === undefined) return true
    const head = reader.bytes.slice(0, reader.end)
    this.#source = new Unpacked(compression, head, this.#source, this.#name)
    reader.compression = compression
    reader.end = 0
    return false
  }

  status(): CaptureStatus {
    const reader = this.#reader
    return {
      name: this.#name,
      packets: reader.packets,
      bytes: reader.broken ? reader.position : reader.position + (reader.end - reader.start),
      first: reader.firstTime,
      last: reader.firstTime === undefined ? undefined : reader.latestTime,
      linkTypes: reader.linkTypes,
      truncated: reader.truncated,
      dropped: reader.dropped,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    // A stream is ended by who reads it, or a pending read would never be answered.
    if (!this.#reading || this.#source instanceof FileSource) await this.#source.close()
  }
}
