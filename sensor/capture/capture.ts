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
}

export interface Capture {
  /** Throws `CaptureError` when it cannot be opened or is no capture. */
  batches(): AsyncIterable<PacketBatch>
  status(): CaptureStatus
  close(): Promise<void>
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
