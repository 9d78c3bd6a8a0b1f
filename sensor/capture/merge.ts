/**
 * Several captures as one, packet by packet in the order of their times: rotated files one after
 * the other, the files of two mirror ports into each other. The packets of one file keep their
 * order even where its clock goes back; packets of the same time keep that of the files. They are
 * counted anew, over all files.
 */
import type { Capture, CaptureStatus, PacketBatch, PacketPlace } from './capture.ts'
import { CaptureError } from './capture.ts'
import { Gathering } from './gathering.ts'
import { Part } from './part.ts'
import type { Opener } from './part.ts'
import { Places } from './places.ts'
import { sliceBatch } from './slice.ts'

/** So many files may overlap in time: each costs a handle and a buffer. */
export const OPEN_FILES_MAX = 256
/** As many packets of one file are handed on in place, fewer are copied. */
const RUN_PACKETS_MIN = 64

export interface MergedCapture extends Capture {
  /** Of each, in the order in which they were given. */
  statuses(): CaptureStatus[]
}

export function mergeCaptures(openers: readonly Opener[]): MergedCapture {
  return new Merged(openers)
}

class Merged implements MergedCapture {
  readonly #parts: readonly Part[]
  /** Being read, in the order given. */
  #active: Part[] = []
  /** The one whose packets come after those of the head. */
  #next: Part | undefined = undefined
  #closed = false
  readonly #places = new Places()
  #packets = 0

  constructor(openers: readonly Opener[]) {
    this.#parts = openers.map((opener, index) => new Part(opener, index))
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    try {
      const waiting = await this.#inOrder()
      const gathering = new Gathering()
      while (!this.#closed) {
        const head = this.#choose(waiting[0])
        if (head === undefined) {
          if (await this.#prepare(waiting)) continue
          break
        }
        const next = this.#next
        const { batch, from, to } = head.takeUntil(next?.time ?? Infinity, isAhead(head, next))
        this.#places.begin(this.#packets + 1, head.index, batch.first + from)
        if (to - from >= RUN_PACKETS_MIN) {
          if (gathering.batch.count > 0) yield gathering.batch
          yield sliceBatch(batch, from, to, this.#packets + 1)
          this.#packets += to - from
          gathering.reset(this.#packets + 1)
          continue
        }
        for (let at = from; at < to;) {
          const taken = gathering.take(batch, at, to)
          this.#packets += taken - at
          at = taken
          if (at === to) break
          yield gathering.batch
          gathering.reset(this.#packets + 1)
        }
      }
      if (gathering.batch.count > 0) yield gathering.batch
    } finally {
      await this.close()
    }
  }

  /** Reads the beginning of each: which files there are, and when each one starts. */
  async #inOrder(): Promise<Part[]> {
    const waiting: Part[] = []
    for (const part of this.#parts) {
      if (this.#closed) return []
      if (await part.look()) waiting.push(part)
    }
    return waiting.sort((a, b) => a.time - b.time || a.index - b.index)
  }

  /** The one whose packet is next, and after it; undefined where one must be read on, or begun. */
  #choose(waiting: Part | undefined): Part | undefined {
    let head: Part | undefined
    let next: Part | undefined
    for (const part of this.#active) {
      if (part.isEmpty) return undefined
      if (head === undefined || part.time < head.time) {
        next = head
        head = part
      } else if (next === undefined || part.time < next.time) {
        next = part
      }
    }
    if (head === undefined || waiting === undefined) this.#next = next
    else if (isBefore(waiting, head)) return undefined
    else this.#next = next === undefined || isBefore(waiting, next) ? waiting : next
    return head
  }

  /** Reads on where a batch is at its end, begins the next where its time has come. */
  async #prepare(waiting: Part[]): Promise<boolean> {
    for (const part of this.#active) {
      if (!part.isEmpty || (await part.more())) continue
      this.#active = this.#active.filter((other) => other !== part)
    }
    const next = waiting[0]
    const isDue = next !== undefined && !this.#active.some((part) => isBefore(part, next))
    if (isDue) await this.#begin(next)
    if (isDue) waiting.shift()
    return this.#active.length > 0 || waiting.length > 0
  }

  async #begin(part: Part): Promise<void> {
    if (this.#active.length === OPEN_FILES_MAX) throw tooMany()
    await part.begin()
    this.#active.push(part)
    this.#active.sort((a, b) => a.index - b.index)
  }

  statuses(): CaptureStatus[] {
    return this.#parts.map((part) => part.status())
  }

  status(): CaptureStatus {
    const all = this.statuses()
    const firsts = all.flatMap(({ first }) => first ?? [])
    const lasts = all.flatMap(({ last }) => last ?? [])
    const dropped = all.flatMap((status) => status.dropped ?? [])
    const cut = all.filter(({ truncated }) => truncated !== undefined)
    return {
      name: all.map(({ name }) => name).join(', '),
      packets: sum(all.map(({ packets }) => packets)),
      bytes: sum(all.map(({ bytes }) => bytes)),
      first: firsts.length === 0 ? undefined : Math.min(...firsts),
      last: lasts.length === 0 ? undefined : Math.max(...lasts),
      linkTypes: [...new Set(all.flatMap(({ linkTypes }) => linkTypes))],
      truncated:
        cut.length === 0
          ? undefined
          : cut.map(({ name, truncated }) => `${name}: ${truncated}`).join('; '),
      dropped: dropped.length === 0 ? undefined : sum(dropped),
    }
  }

  /** Packets are counted over all, in the order of time. */
  placeOf(packet: number): PacketPlace | undefined {
    const place = this.#places.of(packet)
    const part = place && this.#parts[place.part]
    return part && { file: part.name, packet: place.number }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#parts.map((part) => part.close()))
  }
}

/** Whether the head goes first where both have the same time. */
function isAhead(head: Part, next: Part | undefined): boolean {
  return next === undefined || head.index < next.index
}

function isBefore(a: Part, b: Part): boolean {
  return a.time < b.time || (a.time === b.time && a.index < b.index)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function tooMany(): CaptureError {
  return new CaptureError(
    'FILES_TOO_MANY',
    `more than ${OPEN_FILES_MAX} of the files overlap in time`,
    'merge some of them first: mergecap -w out.pcapng FILE...',
  )
}
