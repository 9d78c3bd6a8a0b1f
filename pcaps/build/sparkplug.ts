/** Sparkplug B payloads (Eclipse Sparkplug 3.0.0, section 6.4; sparkplug_b.proto). */
import type { Part } from './bytes.ts'
import { join, utf8 } from './bytes.ts'

/** Varint of protocol buffers: up to 64 bits, the lowest seven first. */
function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 127n)
    rest >>= 7n
    bytes.push(rest > 0n ? low | 128 : low)
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}

const number = (field: number, value: number | bigint): Uint8Array =>
  join(varint(field * 8), varint(value))
const bytes = (field: number, value: Uint8Array): Uint8Array =>
  join(varint(field * 8 + 2), varint(value.length), value)

/** Enumeration DataType. */
export const Int8 = 1
export const Int32 = 3
export const Int64 = 4
export const UInt64 = 8
export const Float = 9
export const Double = 10
export const Boolean = 11
export const String = 12
export const Int16Array = 23

export interface Metric {
  readonly name?: string
  readonly alias?: number
  readonly datatype?: number
  /** Field and value: see `int` and its like. */
  readonly value?: Uint8Array
}

export const int = (value: number): Uint8Array => number(10, value >>> 0)
export const long = (value: bigint): Uint8Array => number(11, value)
export const float = (value: number): Uint8Array =>
  join(varint(12 * 8 + 5), new Uint8Array(new Float32Array([value]).buffer))
export const double = (value: number): Uint8Array =>
  join(varint(13 * 8 + 1), new Uint8Array(new Float64Array([value]).buffer))
export const bool = (value: boolean): Uint8Array => number(14, value ? 1 : 0)
export const string = (value: string): Uint8Array => bytes(15, utf8(value))
export const array = (value: Uint8Array): Uint8Array => bytes(16, value)
/** is_null. */
export const nothing = (): Uint8Array => number(7, 1)

function metricOf({ name, alias, datatype, value }: Metric): Uint8Array {
  const parts: Part[] = [
    name === undefined ? '' : bytes(1, utf8(name)),
    alias === undefined ? '' : number(2, alias),
    datatype === undefined ? '' : number(4, datatype),
    value ?? '',
  ]
  return bytes(2, join(...parts))
}

/** Milliseconds; counts up with each payload of a case. */
export function payload(timestamp: number, seq: number | undefined, ...metrics: readonly Metric[]) {
  return join(
    number(1, timestamp),
    ...metrics.map(metricOf),
    seq === undefined ? '' : number(3, seq),
  )
}
