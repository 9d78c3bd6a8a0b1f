/** A case: a name, which is its path, and what is played. */
import { fileOf, PCAP } from './file.ts'
import type { Format } from './file.ts'
import { Tape } from './tape.ts'

export interface Case {
  /** `modbus/udp`: folder and file without its ending. */
  readonly name: string
  readonly play: (tape: Tape) => void
  readonly format?: Format
  /** LINKTYPE of its frames; Ethernet unless told. */
  readonly linkType?: number
}

/** Path below `pcaps` and content. */
export function captureOf({ name, play, format = PCAP, linkType = 1 }: Case) {
  const tape = new Tape()
  play(tape)
  return { path: `${name}.${format.kind}`, bytes: fileOf(tape.frames, linkType, format) }
}
