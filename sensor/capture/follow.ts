/**
 * A capture file that grows: read as it is written, like `tail -F`. When there is nothing more it
 * waits; when another file takes its place, or it begins anew, so does the reading.
 */
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Capture, CaptureStatus, Gap, PacketBatch } from './capture.ts'
import { CaptureError } from './capture.ts'
import { MAGIC_BYTES, compressionOf } from './compression.ts'
import { CHUNK_BYTES, RecordReader } from './records.ts'
import { explain, openOrExplain } from './source.ts'
import { Waiting } from './waiting.ts'

/** Gaps that are kept to be told; all are counted. */
const GAPS_MAX = 100

export function followFile(path: string): Capture {
  return new FollowCapture(path)
}

type Change = 'none' | 'replaced' | 'cut'

class FollowCapture implements Capture {
  readonly #path: string
  readonly #waiting: Waiting
  #reader: RecordReader
  #file: FileHandle | undefined = undefined
  /** Bytes read of the file that is open. */
  #read = 0
  #closed = false
  /** Of the files before this one. */
  #before = { packets: 0, bytes: 0, dropped: 0, first: undefined as number | undefined }
  readonly #counters = { files: 0, cut: 0, broken: 0 }
  #away: { begin: number; reason: string } | undefined = undefined
  readonly #gaps: Gap[] = []
  #gapNumber = 0
  #lastAt = performance.now()

  constructor(path: string) {
    this.#path = path
    this.#waiting = new Waiting(path)
    this.#reader = new RecordReader(path, CHUNK_BYTES)
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    try {
      while (!this.#closed) {
        this.#file ??= await this.#open()
        if (this.#file === undefined) {
          await this.#waiting.wait()
          continue
        }
        const count = await this.#readSome(this.#file)
        if (count > 0) {
          yield* this.#parse()
          continue
        }
        const change = await this.#change(this.#file)
        if (change !== 'none') await this.#begin(change)
        else {
          // Nothing more for now: who reads may put away what it has.
          yield this.#nothing()
          await this.#waiting.wait()
        }
      }
    } finally {
      await this.close()
    }
  }

  /** Undefined while it is not there. */
  async #open(): Promise<FileHandle | undefined> {
    try {
      const file = await openOrExplain(this.#path)
      if (!(await file.stat()).isFile()) {
        await file.close()
        throw noFile(this.#path)
      }
      this.#counters.files++
      this.#back()
      return file
    } catch (error) {
      if (!(error instanceof CaptureError) || error.code !== 'FILE_NOT_FOUND') throw error
      this.#away ??= { begin: Date.now() * 1000, reason: 'the file is not there' }
      return undefined
    }
  }

  /** Whoever wrote it was away: what happened meanwhile is not in any file. */
  #back(): void {
    if (this.#away === undefined) return
    this.#gap(this.#away.begin, this.#away.reason)
    this.#away = undefined
  }

  #gap(begin: number, reason: string): void {
    this.#gaps.push({ number: ++this.#gapNumber, begin, end: Date.now() * 1000, reason })
    if (this.#gaps.length > GAPS_MAX) this.#gaps.shift()
  }

  async #readSome(file: FileHandle): Promise<number> {
    const reader = this.#reader
    // Behind a record that cannot be, nothing is known any more: what comes is passed over.
    if (reader.broken) reader.start = reader.end
    const room = reader.room()
    try {
      const { bytesRead } = await file.read(reader.bytes, reader.end, room, this.#read)
      this.#read += bytesRead
      if (!reader.broken) reader.end += bytesRead
      return bytesRead
    } catch (error) {
      throw explain(this.#path, error)
    }
  }

  *#parse(): Generator<PacketBatch> {
    const reader = this.#reader
    if (reader.position === 0 && reader.end >= MAGIC_BYTES) this.#refuseCompressed()
    const wasBroken = reader.broken
    while (reader.parse()) {
      reader.batch.first += this.#before.packets
      this.#lastAt = performance.now()
      yield reader.batch
    }
    if (reader.broken && !wasBroken) this.#counters.broken++
  }

  #refuseCompressed(): void {
    const compression = compressionOf(this.#reader.bytes.subarray(0, this.#reader.end))
    if (compression === undefined) return
    throw new CaptureError(
      'FOLLOW_COMPRESSED',
      `${this.#path} is ${compression} data, which cannot be followed`,
      'leave --follow out, or let the capture be written as it is',
    )
  }

  /** Whether the name means another file now, or the file has become shorter. */
  async #change(file: FileHandle): Promise<Change> {
    const now = await stat(this.#path).catch(() => undefined)
    const open = await file.stat()
    if (now === undefined) {
      this.#away ??= { begin: Date.now() * 1000, reason: 'the file is not there' }
    } else if (!isSame(now, open)) return 'replaced'
    return open.size < this.#read ? 'cut' : 'none'
  }

  /** From the beginning, of the file that has the name now. */
  async #begin(change: Change): Promise<void> {
    if (change === 'cut') {
      this.#counters.cut++
      this.#gap(Date.now() * 1000, 'the file was cut, and begins anew')
    }
    const reader = this.#reader
    this.#before.packets += reader.packets
    this.#before.bytes += this.#read
    this.#before.dropped += reader.dropped ?? 0
    this.#before.first ??= reader.firstTime
    this.#reader = new RecordReader(this.#path, CHUNK_BYTES)
    this.#read = 0
    await this.#file?.close()
    this.#file = undefined
  }

  #nothing(): PacketBatch {
    const { batch } = this.#reader
    batch.count = 0
    return batch
  }

  status(): CaptureStatus {
    const reader = this.#reader
    const before = this.#before
    const packets = before.packets + reader.packets
    const dropped = before.dropped + (reader.dropped ?? 0)
    return {
      name: this.#path,
      packets,
      bytes: before.bytes + this.#read,
      first: before.first ?? reader.firstTime,
      last: packets === 0 ? undefined : reader.lastTime,
      linkTypes: reader.linkTypes,
      truncated: reader.truncated,
      dropped: dropped === 0 ? reader.dropped : dropped,
      interfaces: [
        {
          name: this.#path,
          way: 'follow',
          packets,
          received: undefined,
          dropped: reader.dropped,
          droppedByInterface: undefined,
          freezes: undefined,
          transmitted: undefined,
          counters: this.#counters,
          silentMs: performance.now() - this.#lastAt,
          away: this.#away,
          gaps: this.#gaps,
          limits: ['a file says nothing of what its writer has lost before'],
        },
      ],
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#waiting.close()
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

function noFile(path: string): CaptureError {
  return new CaptureError(
    'FOLLOW_NO_FILE',
    `${path} is not a file that could grow`,
    'leave --follow out: a pipe is read as it comes',
  )
}
