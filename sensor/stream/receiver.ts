/** Who takes what a reassembly puts in order, and what it counts. */

export interface Receiver {
  /** Bytes in order; valid only during the call. */
  data(
    fromLow: boolean,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    time: number,
    packet: number,
  ): void
  /** `bytes` were sent and not seen. */
  gap(fromLow: boolean, bytes: number, time: number, packet: number): void
  /** `bytes` more were sent, and the snap length cut them off. */
  cut(fromLow: boolean, bytes: number): void
  overlap(fromLow: boolean, time: number, packet: number): void
}

export interface ReassemblyCounters {
  duplicateBytes: number
  gapBytes: number
  gaps: number
  /** Of the gaps: the peer has acknowledged them, so that the loss was at the mirror. */
  lostBytes: number
  losses: number
  /** Segments that were sent again: what the network lost, or was late to acknowledge. */
  retransmissions: number
  /** What the snap length cut off, and of how many packets. */
  cutBytes: number
  cuts: number
  outOfOrder: number
  overlaps: number
  strayBytes: number
  boundReached: number
}
