/** Values of metrics: Sparkplug B 3.0 section 6.4, and sparkplug_b.proto for the numbers. */

/** sparkplug_b.proto, enum DataType. */
export const datatypes: readonly string[] = [
  'Unknown',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float',
  'Double',
  'Boolean',
  'String',
  'DateTime',
  'Text',
  'UUID',
  'DataSet',
  'Bytes',
  'File',
  'Template',
  'PropertySet',
  'PropertySetList',
  'Int8Array',
  'Int16Array',
  'Int32Array',
  'Int64Array',
  'UInt8Array',
  'UInt16Array',
  'UInt32Array',
  'UInt64Array',
  'FloatArray',
  'DoubleArray',
  'BooleanArray',
  'StringArray',
  'DateTimeArray',
]

/** Elements of an array that are read; of longer ones the first. */
const ELEMENTS_MAX = 256
const STRING_ARRAY = 33
const BOOLEAN_ARRAY = 32

/** As source text; of what is a number, the number too (NaN: it is none). */
export interface MetricValue {
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
}

export type RawValue = number | bigint | string | boolean | Uint8Array | undefined

const NOTHING: MetricValue = { texts: [], numbers: [] }

/**
 * Section 6.4.16: negative integers are two's complement of their own width in an unsigned
 * field.
 */
const signedBits: Readonly<Partial<Record<number, number>>> = { 1: 8, 2: 16, 3: 32, 4: 64 }

export function valueOf(raw: RawValue, datatype: number): MetricValue {
  if (raw === undefined) return NOTHING
  if (typeof raw === 'string') return { texts: [raw], numbers: [] }
  if (typeof raw === 'boolean') return { texts: [String(raw)], numbers: [raw ? 1 : 0] }
  if (raw instanceof Uint8Array) return arrayOf(raw, datatype)
  const bits = signedBits[datatype]
  const value = bits === undefined ? raw : signed(raw, bits)
  return { texts: [String(value)], numbers: [Number(value)] }
}

function signed(value: number | bigint, bits: number): number | bigint {
  // A float or double under an integer's name (the birth said so, or a forged one): as it is.
  if (typeof value === 'number' && !Number.isInteger(value)) return value
  if (bits === 64) {
    if (typeof value === 'number') return value
    return BigInt.asIntN(64, value)
  }
  // An Int8 of -1 comes as 0xFF, and from some encoders sign-extended to 32 or 64 bits.
  const low = Number(BigInt.asUintN(32, BigInt(value))) | 0
  return (low << (32 - bits)) >> (32 - bits)
}

/** Section 6.4.17: packed little-endian elements in the bytes value. */
function arrayOf(bytes: Uint8Array, datatype: number): MetricValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (datatype === BOOLEAN_ARRAY) return booleans(bytes, view)
  if (datatype === STRING_ARRAY) return strings(bytes)
  const element = elements[datatype]
  if (element === undefined) return NOTHING
  const texts: string[] = []
  const numbers: number[] = []
  const count = Math.min(ELEMENTS_MAX, Math.floor(bytes.length / element.bytes))
  for (let i = 0; i < count; i++) {
    const value = element.read(view, i * element.bytes)
    texts.push(String(value))
    numbers.push(Number(value))
  }
  return { texts, numbers }
}

interface Element {
  readonly bytes: number
  readonly read: (view: DataView, at: number) => number | bigint
}

const elements: Readonly<Partial<Record<number, Element>>> = {
  22: { bytes: 1, read: (view, at) => view.getInt8(at) },
  23: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  24: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  25: { bytes: 8, read: (view, at) => view.getBigInt64(at, true) },
  26: { bytes: 1, read: (view, at) => view.getUint8(at) },
  27: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  28: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  29: { bytes: 8, read: (view, at) => view.getBigUint64(at, true) },
  30: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  31: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  34: { bytes: 8, read: (view, at) => view.getBigUint64(at, true) },
}

/** Section 6.4.17: a 32-bit count, then bits from the highest of the first byte. */
function booleans(bytes: Uint8Array, view: DataView): MetricValue {
  if (bytes.length < 4) return NOTHING
  const count = Math.min(view.getUint32(0, true), (bytes.length - 4) * 8, ELEMENTS_MAX)
  const numbers: number[] = []
  for (let i = 0; i < count; i++) {
    numbers.push(((bytes[4 + (i >> 3)] as number) >> (7 - (i & 7))) & 1)
  }
  return { texts: numbers.map((bit) => (bit === 1 ? 'true' : 'false')), numbers }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Section 6.4.17: strings, each ended by a zero byte. */
function strings(bytes: Uint8Array): MetricValue {
  const texts: string[] = []
  let from = 0
  for (let at = 0; at < bytes.length && texts.length < ELEMENTS_MAX; at++) {
    if (bytes[at] !== 0) continue
    texts.push(utf8.decode(bytes.subarray(from, at)))
    from = at + 1
  }
  return { texts, numbers: [] }
}
