/**
 * A capture file that grows: read as it is written, like `tail -F`. When there is nothing more it
 * waits; when another file takes its place, or it begins anew, so does the reading. Files that were
 * there for less than a look are found by `succession.ts`; what may be missing is a gap.
 */
import { stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Capture, CaptureStatus, Gap, PacketBatch } from './capture.ts'
import { CaptureError } from './capture.ts'
import { MAGIC_BYTES, compressionOf } from './compression.ts'
import { CHUNK_BYTES, RecordReader } from './records.ts'
import { explain, openOrExplain } from './source.ts'
import { FOLLOWED, isSame } from './members.ts'
import type { Successors } from './members.ts'
import { GONE, Succession } from './succession.ts'
import { Waiting } from './waiting.ts'

/** Read last, and compared when the file grows: one written anew may be longer by then. */
const TAIL_BYTES = 64
/** Between two looks for the next file of a ring. */
const RING_MS = 1000
/** A name that means no file for less than this was put away, and is about to be given again. */
const RENAMING_MS = 2000
/** Gaps that are kept to be told; all are counted. */
const GAPS_MAX = 100

export function followFile(path: string): Capture {
  return new FollowCapture(path)
}

type Change = 'none' | 'replaced' | 'cut'

class FollowCapture implements Capture {
  readonly #path: string
  readonly #waiting: Waiting
  readonly #succession: Succession
  /** What is open: the name itself, or a file of its ring. */
  #current: string
  /** Files that come after it, the oldest first. */
  #next: Successors['files'][number][] = []
  /** The last bytes that were read, once nothing more was there. */
  readonly #tail = Buffer.alloc(TAIL_BYTES)
  #tailBytes = 0
  #isIdle = false
  #ringAt = 0
  #reader: RecordReader
  #file: FileHandle | undefined = undefined
  /** Bytes read of the file that is open. */
  #read = 0
  #closed = false
  /** Of the files before this one. */
  #before = { packets: 0, bytes: 0, dropped: 0, first: undefined as number | undefined, last: 0 }
  readonly #counters = { files: 0, cut: 0, broken: 0 }
  #away: { begin: number; reason: string } | undefined = undefined
  readonly #gaps: Gap[] = []
  #gapNumber = 0
  #lastAt = performance.now()
  /** When bytes came last, µs of the wall clock: what may be missing came after it. */
  #lastGrown = Date.now() * 1000

  constructor(path: string) {
    this.#path = path
    this.#current = path
    this.#waiting = new Waiting(path)
    this.#succession = new Succession(path)
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
        if (await this.#isRewritten(this.#file)) {
          await this.#begin('cut')
          continue
        }
        const count = await this.#readSome(this.#file)
        if (count > 0) {
          yield* this.#parse()
          continue
        }
        if (!(await this.#goesOn(this.#file))) {
          // Nothing more for now: who reads may put away what it has.
          yield this.#nothing()
          await this.#waiting.wait()
        }
      }
    } catch (error) {
      // What was under way when it was closed finds no file.
      if (!this.#closed) throw error
    } finally {
      await this.close()
    }
  }

  /** Undefined while it is not there. */
  async #open(): Promise<FileHandle | undefined> {
    const [next] = this.#next
    if (next !== undefined) {
      this.#next.shift()
      return this.#opened(next.file, next.path)
    }
    try {
      if (this.#away === undefined || (await isThere(this.#path))) await this.#succession.remember()
      const file = await openOrExplain(this.#path, FOLLOWED)
      if (!(await file.stat()).isFile()) {
        await file.close()
        throw noFile(this.#path)
      }
      return this.#opened(file, this.#path)
    } catch (error) {
      if (!(error instanceof CaptureError) || error.code !== 'FILE_NOT_FOUND') throw error
      this.#take(await this.#succession.first())
      if (this.#next.length > 0) return await this.#open()
      this.#away ??= { begin: Date.now() * 1000, reason: 'the file is not there' }
      return undefined
    }
  }

  #opened(file: FileHandle, path: string): FileHandle {
    this.#counters.files++
    this.#current = path
    this.#back()
    return file
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
    const at = reader.end
    try {
      const { bytesRead } = await file.read(reader.bytes, at, room, this.#read)
      this.#read += bytesRead
      if (!reader.broken) reader.end += bytesRead
      this.#keepTail(reader.bytes, at, bytesRead)
      this.#isIdle = bytesRead === 0
      if (bytesRead > 0) this.#lastGrown = Date.now() * 1000
      return bytesRead
    } catch (error) {
      throw explain(this.#path, error)
    }
  }

  #keepTail(bytes: Uint8Array, at: number, length: number): void {
    if (length >= TAIL_BYTES) {
      this.#tail.set(bytes.subarray(at + length - TAIL_BYTES, at + length))
      this.#tailBytes = TAIL_BYTES
      return
    }
    const kept = Math.min(this.#tailBytes, TAIL_BYTES - length)
    this.#tail.copyWithin(0, this.#tailBytes - kept, this.#tailBytes)
    this.#tail.set(bytes.subarray(at, at + length), kept)
    this.#tailBytes = kept + length
  }

  /** There is more, and the bytes before it are not those that were read. */
  async #isRewritten(file: FileHandle): Promise<boolean> {
    const length = this.#tailBytes
    if (!this.#isIdle || length === 0 || (await file.stat()).size <= this.#read) return false
    const now = Buffer.alloc(length)
    const { bytesRead } = await file.read(now, 0, length, this.#read - length)
    return bytesRead < length || !now.equals(this.#tail.subarray(0, length))
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

  /** At the end of what is there: true where there is something else to read. */
  async #goesOn(file: FileHandle): Promise<boolean> {
    if (this.#next.length > 0) {
      await this.#begin('replaced')
      return true
    }
    const change = await this.#change(file)
    if (change === 'cut') {
      await this.#begin('cut')
      return true
    }
    if (change === 'replaced') {
      const since = await this.#succession.since(file, this.#current)
      const away = Date.now() - (this.#away?.begin ?? 0) / 1000
      if (isAll(since) && away < RENAMING_MS) this.#away = undefined
      this.#take(since)
    } else if (performance.now() >= this.#ringAt) {
      const after = await this.#succession.after(file, this.#current)
      // Of a ring that runs ahead of its reader there is more.
      if (after === undefined) this.#ringAt = performance.now() + RING_MS
      // Deleted by its writer, which has gone on.
      else if (isAll(after)) this.#away = undefined
      this.#take(after)
    }
    // What was written to this one until it was put away is read first.
    return this.#next.length > 0
  }

  #take(successors: Successors | undefined): void {
    if (successors === undefined) return
    this.#next.push(...successors.files)
    const { doubt } = successors
    // What is told as an absence is no second gap.
    if (doubt === undefined || (doubt === GONE && this.#away !== undefined)) return
    this.#gap(this.#lastGrown, doubt)
  }

  /** Whether the name means another file now, or the file has become shorter. */
  async #change(file: FileHandle): Promise<Change> {
    const now = await stat(this.#current).catch(() => undefined)
    const open = await file.stat()
    if (now === undefined || !now.isFile()) {
      this.#away ??= { begin: Date.now() * 1000, reason: 'the file is not there' }
    } else if (!isSame(now, open)) {
      // Until something is in the new one, its writer may still have the old one open.
      return now.size === 0 ? 'none' : 'replaced'
    } else this.#back()
    return open.size < this.#read ? 'cut' : 'none'
  }

  /** From the beginning, of the file that comes next. */
  async #begin(change: Change): Promise<void> {
    if (change === 'cut') {
      this.#counters.cut++
      this.#gap(this.#lastGrown, 'the file was cut, and begins anew')
    }
    const reader = this.#reader
    this.#before.packets += reader.packets
    this.#before.bytes += this.#read
    this.#before.dropped += reader.dropped ?? 0
    this.#before.first = earlier(this.#before.first, reader.firstTime)
    this.#before.last = Math.max(this.#before.last, reader.latestTime)
    this.#reader = new RecordReader(this.#path, CHUNK_BYTES)
    this.#read = 0
    this.#tailBytes = 0
    this.#isIdle = false
    // What was cut is still the same file.
    if (change === 'cut') return
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
      first: earlier(before.first, reader.firstTime),
      last: packets === 0 ? undefined : Math.max(before.last, reader.latestTime),
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
    await Promise.all([file, ...this.#next.splice(0).map((next) => next.file)].map(closed))
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.min(one, other)
}

/** Nothing is missing between the file that was read and these. */
function isAll({ files, doubt }: Successors): boolean {
  return files.length > 0 && doubt === undefined
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

async function closed(file: FileHandle | undefined): Promise<void> {
  await file?.close()
}

function noFile(path: string): CaptureError {
  return new CaptureError(
    'FOLLOW_NO_FILE',
    `${path} is not a file that could grow`,
    'leave --follow out: a pipe is read as it comes',
  )
}
