/**
 * The contract of a way to capture: batches of packet records, read in place. A batch is valid
 * until the next one is asked for. Files, pipes and (later) the kernel's ring all keep it.
 */

export interface PacketBatch {
  bytes: Uint8Array
  view: DataView
  count: number
  /** Number of the batch's first packet in its capture, from 1, as Wireshark counts. */
  first: number
  /** Per packet: offset of its first byte in `bytes`, captured and wire length, time in µs. */
  offset: Int32Array
  captured: Int32Array
  wire: Int32Array
  time: Float64Array
  /** LINKTYPE_* of https://www.tcpdump.org/linktypes.html. */
  linkType: Uint16Array
  /** The interface that all of them came in by, where the way knows it. */
  interface?: string | undefined
}

/** Time in which an interface, or what captures on it, was not there; µs of the wall clock. */
export interface Gap {
  /** From 1; more may have been than are kept. */
  readonly number: number
  readonly begin: number
  readonly end: number
  readonly reason: string
}

/** One interface of a live capture. Numbers are since the start, undefined is `not-assessable`. */
export interface InterfaceStatus {
  /** As it is called now. */
  readonly name: string
  readonly way: string
  readonly packets: number
  /** Packets that the kernel has handed over: received + dropped is what passed the filter. */
  readonly received: number | undefined
  readonly dropped: number | undefined
  /** Of those received: still in the buffer when the capture was stopped, and read by nobody. */
  readonly unread?: number | undefined
  readonly droppedByInterface: number | undefined
  /** How often the kernel's buffer was full. */
  readonly freezes: number | undefined
  /** Packets that left by it. */
  readonly transmitted: number | undefined
  /** The interface's own counters, as `rx_packets`. */
  readonly counters: Readonly<Record<string, number>> | undefined
  /** Time since the last packet, or since the start, ms. */
  readonly silentMs: number
  /** Why nothing can come in now, and since when. */
  readonly away: { readonly begin: number; readonly reason: string } | undefined
  readonly gaps: readonly Gap[]
  /**
   * Packets that the interface received while the capture was opened or closed, and nobody knows
   * on which side of that; undefined where the moment is not known.
   */
  readonly edges?: number | undefined
  /** A filter leaves packets out, and nobody counts them. */
  readonly filtered?: boolean | undefined
  /** What this way cannot say, and what it does not do, in words. */
  readonly limits: readonly string[]
}

export interface CaptureStatus {
  /** The file's name as given, the interface's name, or `-`. */
  readonly name: string
  readonly packets: number
  readonly bytes: number
  /** µs; undefined before the first packet. */
  readonly first: number | undefined
  readonly last: number | undefined
  readonly linkTypes: readonly number[]
  /** What was wrong with the end of the file: analysed up to the cut. */
  readonly truncated: string | undefined
  /** What the kernel or the card lost; undefined where the way cannot say (`not-assessable`). */
  readonly dropped: number | undefined
  /** Live captures only. */
  readonly interfaces?: readonly InterfaceStatus[] | undefined
}

export interface Capture {
  /** Throws `CaptureError` when it cannot be opened or is no capture. */
  batches(): AsyncIterable<PacketBatch>
  status(): CaptureStatus
  /** Where a packet is that was read not long ago: only where several captures are read as one. */
  placeOf?(packet: number): PacketPlace | undefined
  close(): Promise<void>
}

/** What a whole packet may have: more is not captured. */
export const SNAPLEN_MAX = 262_144
/** 64 MiB hold some 280,000 packets: what comes in while something else takes 100 ms. */
export const BUFFER_KIB = 65_536

/** A packet by its file, and its number in it. */
export interface PacketPlace {
  readonly file: string
  readonly packet: number
}

export interface LiveOptions {
  /** pcap-filter(7). */
  readonly filter?: string | undefined
  readonly snaplen?: number | undefined
  /** The kernel's buffer. */
  readonly bufferKiB?: number | undefined
  /** Which tcpdump: a name in the path, or a path. */
  readonly tcpdump?: string | undefined
  /** Where packages of npm are looked for, instead of the usual places. */
  readonly packagesFrom?: string | undefined
}

/** `code` is stable, `remedy` says what to do about it. */
export class CaptureError extends Error {
  readonly code: string
  readonly remedy: string

  constructor(code: string, message: string, remedy: string) {
    super(message)
    this.name = 'CaptureError'
    this.code = code
    this.remedy = remedy
  }
}
