/** Compressed captures: what they are recognised by, and how each kind is cut into pieces. */
import type { Intake } from './intake.ts'
import type { Pieces } from './pieces.ts'
import { pieceBytes } from './pieces.ts'
import { ZstdPieces } from './zstd-pieces.ts'

export type Compression = 'gzip' | 'zstd'

/** What `compressionOf` needs. */
export const MAGIC_BYTES = 4

/** RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2 (skippable frames). */
export function compressionOf(head: Uint8Array): Compression | undefined {
  if (head.length < MAGIC_BYTES) return undefined
  const [a, b, c, d] = head as unknown as [number, number, number, number]
  if (a === 0x1f && b === 0x8b && c === 8) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  if (a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd'
  return undefined
}

export function piecesOf(compression: Compression, name: string): Pieces {
  return compression === 'gzip' ? new GzipPieces() : new ZstdPieces(name)
}

/** CRC and length (RFC 1952 section 2.3.1). */
const TRAILER_BYTES = 8
class GzipPieces implements Pieces {
  readonly problem = undefined

  async next(intake: Intake): Promise<Uint8Array | undefined> {
    const wanted = pieceBytes(intake.position)
    const there = await intake.fill(wanted + TRAILER_BYTES)
    if (there >= wanted + TRAILER_BYTES) return intake.take(wanted)
    // The last checksum goes in apart: when it is wrong, nothing before it is lost.
    if (there > TRAILER_BYTES) return intake.take(there - TRAILER_BYTES)
    return there === 0 ? undefined : intake.take(1)
  }
}
