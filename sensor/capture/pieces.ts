/**
 * How compressed bytes are cut for zlib. The pieces depend on the bytes alone and never on how
 * these arrived, so that a file and a pipe of the same bytes give the same packets up to the same
 * place, also where they are damaged.
 */
import type { Intake } from './intake.ts'

export interface Pieces {
  /** The next bytes that go in together, valid until the next call; none at the end. */
  next(intake: Intake): Promise<Uint8Array | undefined>
  /** Why there are no more. */
  readonly problem: string | undefined
}

const PIECE_BYTES_MIN = 16
/** Some 64 KiB of packets: fewer calls would be no faster. */
const PIECE_BYTES_MAX = 16 * 1024

/**
 * How much goes in together: when zlib meets an error it keeps what it had unpacked of the piece,
 * so the pieces are small where the capture is.
 */
export function pieceBytes(position: number): number {
  return Math.min(PIECE_BYTES_MAX, Math.max(PIECE_BYTES_MIN, Math.floor(position / 64)))
}
