/** OPC UA binary (OPC 10000-6 v1.05): built-in types (5.2), MessageChunks (6.7), messages (7.1). */
import { join, utf8 } from './bytes.ts'

export const OPCUA_PORT = 4840

/** Little-endian numbers (5.2.2). */
export function le(size: 1 | 2 | 4 | 8, value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true)
  return bytes.slice(0, size)
}

export const byte = (value: number): Uint8Array => le(1, value)
export const u16 = (value: number): Uint8Array => le(2, value)
export const u32 = (value: number): Uint8Array => le(4, value)
export const bool = (value: boolean): Uint8Array => byte(value ? 1 : 0)
export const f32 = (value: number): Uint8Array => new Uint8Array(new Float32Array([value]).buffer)
export const f64 = (value: number): Uint8Array => new Uint8Array(new Float64Array([value]).buffer)

/** String and ByteString (5.2.2.4, 5.2.2.7); null has the length -1. */
export function text(value?: string | Uint8Array): Uint8Array {
  if (value === undefined) return u32(-1)
  const bytes = typeof value === 'string' ? utf8(value) : value
  return join(u32(bytes.length), bytes)
}

/** 100 ns since 1601 (5.2.2.5). */
export function dateTime(milliseconds: number): Uint8Array {
  return le(8, (BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n)
}

export const NO_TIME = le(8, 0)
export const NULL_NODE = join(byte(0), byte(0))

/** Four-byte NodeId (5.2.2.9). */
export function node(id: number, namespace = 0): Uint8Array {
  return join(byte(1), byte(namespace), u16(id))
}

/** NodeId with a text (5.2.2.9). */
export function named(namespace: number, id: string): Uint8Array {
  return join(byte(3), u16(namespace), text(id))
}

export function qualified(namespace: number, name?: string): Uint8Array {
  return join(u16(namespace), text(name))
}

/** LocalizedText (5.2.2.14): a text without a locale; none without an argument. */
export function localized(value?: string): Uint8Array {
  return value === undefined ? byte(0) : join(byte(2), text(value))
}

export function array(...elements: readonly Uint8Array[]): Uint8Array {
  return join(u32(elements.length), ...elements)
}

/** Variant of one value (5.2.2.16): built-in type id of table 1, then the value. */
export function variant(type: number, value: Uint8Array): Uint8Array {
  return join(byte(type), value)
}

export function variants(type: number, ...values: readonly Uint8Array[]): Uint8Array {
  return join(byte(type | 0x80), array(...values))
}

/** DataValue (5.2.2.17) with a value, with a bad status, or both. */
export function dataValue(value?: Uint8Array, status = 0): Uint8Array {
  const mask = (value === undefined ? 0 : 1) | (status === 0 ? 0 : 2)
  return join(byte(mask), value ?? '', status === 0 ? '' : u32(status))
}

/** ExtensionObject with a binary body (5.2.2.15). */
export function extension(encoding: number, ...body: readonly Uint8Array[]): Uint8Array {
  return join(node(encoding), byte(1), text(join(...body)))
}

export const NO_EXTENSION = join(NULL_NODE, byte(0))

export interface RequestOptions {
  /** AuthenticationToken of the session; none without. */
  readonly token?: Uint8Array
  readonly handle: number
  readonly timeout?: number
}

/** RequestHeader (Part 4, 7.32): token, time, handle, diagnostics, audit entry, timeout, no more. */
export function requestHeader({ token = NULL_NODE, handle, timeout = 0 }: RequestOptions) {
  const rest = [NO_TIME, u32(handle), u32(0), text(), u32(timeout), NO_EXTENSION]
  return join(token, ...rest)
}

/** ResponseHeader (Part 4, 7.33): time, handle, result, no diagnostics, no strings, no more. */
export function responseHeader(handle: number, result = 0): Uint8Array {
  return join(NO_TIME, u32(handle), u32(result), byte(0), u32(-1), NO_EXTENSION)
}

/** Message header (6.7.2.2, 7.1.2.2): three letters, F, C or A, and the size of the whole. */
function framed(type: string, flag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(...parts)
  return join(utf8(type + flag), u32(8 + body.length), body)
}

/** 7.1.2.3: protocol version 0, buffers, no limits. */
export function hello(endpointUrl: string): Uint8Array {
  return framed('HEL', 'F', u32(0), u32(65_535), u32(65_535), u32(0), u32(0), text(endpointUrl))
}

/** 7.1.2.4. */
export function acknowledge(): Uint8Array {
  return framed('ACK', 'F', u32(0), u32(65_535), u32(65_535), u32(0), u32(0))
}

/** 7.1.2.5. */
export function error(code: number, reason: string): Uint8Array {
  return framed('ERR', 'F', u32(code), text(reason))
}

/** 7.1.2.6. */
export function reverseHello(serverUri: string, endpointUrl: string): Uint8Array {
  return framed('RHE', 'F', text(serverUri), text(endpointUrl))
}

const POLICIES = 'http://opcfoundation.org/UA/SecurityPolicy#'

export interface Chunk {
  readonly channel: number
  readonly sequence: number
  readonly request: number
}

/** OPN: asymmetric security header (6.7.2.3) without certificates, sequence header (6.7.2.4). */
export function opening({ channel, sequence, request }: Chunk, body: Uint8Array): Uint8Array {
  const security = [u32(channel), text(`${POLICIES}None`), text(), text()]
  return framed('OPN', 'F', ...security, u32(sequence), u32(request), body)
}

/** MSG or CLO: channel, token 1, sequence header. */
export function message(chunk: Chunk, body: Uint8Array, type = 'MSG', flag = 'F'): Uint8Array {
  const { channel, sequence, request } = chunk
  return framed(type, flag, u32(channel), u32(1), u32(sequence), u32(request), body)
}
