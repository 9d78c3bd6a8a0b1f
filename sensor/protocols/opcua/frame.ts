/** Where a MessageChunk begins and ends (Part 6, 6.7.2.2 and 7.1.2.2). */
import type { MessageType } from './message.ts'
import { services } from './encoding-ids.generated.ts'

const HEADER_BYTES = 8
/** Largest chunk taken for one; stacks negotiate buffers of 8 kB to some 16 MB. */
const CHUNK_BYTES_MAX = 64 * 1024 * 1024

const F = 0x46
const C = 0x43
const A = 0x41

interface Shape {
  readonly type: MessageType
  readonly magic: number
  /** Bytes of its fixed fields. */
  readonly min: number
  readonly max: number
  /** May be split and aborted. */
  readonly chunked: boolean
}

function shape(type: MessageType, min: number, max: number, chunked: boolean): Shape {
  const [a, b, c] = [type.charCodeAt(0), type.charCodeAt(1), type.charCodeAt(2)]
  return {
    type,
    magic: ((a as number) << 16) | ((b as number) << 8) | (c as number),
    min,
    max,
    chunked,
  }
}

/** Strings of HEL, RHE and ERR are at most 4,096 bytes long (7.1.2.3 to 7.1.2.6). */
const shapes: readonly Shape[] = [
  shape('MSG', 24, CHUNK_BYTES_MAX, true),
  shape('OPN', 32, CHUNK_BYTES_MAX, false),
  shape('CLO', 24, CHUNK_BYTES_MAX, false),
  shape('HEL', 32, 32 + 4096, false),
  shape('ACK', 28, 28, false),
  shape('ERR', 16, 16 + 4096, false),
  shape('RHE', 16, 16 + 2 * 4096, false),
]

function shapeAt(bytes: Uint8Array, at: number): Shape | undefined {
  const magic =
    ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
  for (const candidate of shapes) if (candidate.magic === magic) return candidate
  return undefined
}

/** Whether what is there could go on as a header. */
function begins(bytes: Uint8Array, start: number, end: number): boolean {
  return shapes.some(({ magic }) => {
    for (let i = 0; i < 3 && start + i < end; i++) {
      if (bytes[start + i] !== ((magic >> (16 - 8 * i)) & 0xff)) return false
    }
    return true
  })
}

/** Length of the chunk at `start`, 0 where more bytes are needed, -1 where there is none. */
export function frame(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < HEADER_BYTES) return begins(bytes, start, end) ? 0 : -1
  const found = shapeAt(bytes, start)
  if (found === undefined) return -1
  const flag = bytes[start + 3]
  if (flag !== F && !(found.chunked && (flag === C || flag === A))) return -1
  const size = sizeAt(bytes, start)
  return size >= found.min && size <= found.max ? size : -1
}

function sizeAt(bytes: Uint8Array, start: number): number {
  const [a, b, c, d] = [bytes[start + 4], bytes[start + 5], bytes[start + 6], bytes[start + 7]] as [
    number,
    number,
    number,
    number,
  ]
  return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
}

export function typeAt(bytes: Uint8Array, start: number): MessageType {
  return shapeAt(bytes, start)?.type ?? 'MSG'
}

/** Offset of the next plausible chunk after a gap, or -1. */
export function resync(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + HEADER_BYTES <= end; at++) if (frame(bytes, at, end) > 0) return at
  return -1
}

/** Body of an MSG or CLO: message header 8, channel and token 8, sequence header 8 (6.7.2). */
export const BODY_AT = 24

/**
 * Encoding id of the service message whose body begins at `at`, in the two forms of a NodeId that
 * stacks use for it, or 0 (Part 6, 5.2.2.9).
 */
export function typeIdAt(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 1 && bytes[at + 1] === 0 && at + 4 <= end) {
    return (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8)
  }
  if (bytes[at] !== 2 || at + 7 > end || bytes[at + 1] !== 0 || bytes[at + 2] !== 0) return 0
  return sizeAt(bytes, at - 1)
}

/** Which side sends such a chunk, where that can be seen. */
export function speaker(
  bytes: Uint8Array,
  start: number,
  end: number,
): 'client' | 'server' | undefined {
  if (end - start < HEADER_BYTES) return undefined
  switch (typeAt(bytes, start)) {
    case 'HEL':
      return 'client'
    case 'ACK':
    case 'ERR':
    case 'RHE':
      return 'server'
    case 'MSG':
    case 'CLO':
      return sender(typeIdAt(bytes, start + BODY_AT, end))
    default:
      return sender(opnTypeId(bytes, start, end))
  }
}

function sender(typeId: number): 'client' | 'server' | undefined {
  const service = services.get(typeId)
  if (service === undefined) return undefined
  return service.role === 'request' ? 'client' : 'server'
}

/** TypeId behind the asymmetric security header, which has three strings (6.7.2.3). */
function opnTypeId(bytes: Uint8Array, start: number, end: number): number {
  let at = start + 12
  for (let i = 0; i < 3; i++) {
    if (at + 4 > end) return 0
    const length = sizeAt(bytes, at - 4) | 0
    at += 4 + Math.max(length, 0)
  }
  return at + 12 <= end ? typeIdAt(bytes, at + 8, end) : 0
}
