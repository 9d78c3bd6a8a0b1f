/** The payload: sparkplug_b.proto, messages Payload and Metric (Sparkplug B 3.0 section 6.4). */
import type { RawValue } from './datatypes.ts'
import { BYTES, Cursor, FIXED32, FIXED64, VARINT } from './protobuf.ts'

/** Births of large edge nodes have some thousand; more are passed over and told. */
export const METRICS_MAX = 8192

export interface Metric {
  /** '' where the metric goes by its alias. */
  name: string
  /** Decimal text: aliases are 64-bit; '' where there is none. */
  alias: string
  /** 0 where the message leaves it to the birth. */
  datatype: number
  value: RawValue
}

export interface Payload {
  /** Milliseconds since 1970; -1: not there. */
  timestamp: number
  /** 0 to 255; -1: not there. */
  seq: number
  readonly metrics: Metric[]
  /** Where the bytes stop being a payload, or -1: what came before stands. */
  failedAt: number
  /** It holds more metrics than are read. */
  beyond: boolean
}

export function readPayload(bytes: Uint8Array): Payload {
  const cursor = new Cursor(bytes)
  const payload: Payload = { timestamp: -1, seq: -1, metrics: [], failedAt: -1, beyond: false }
  while (cursor.more) {
    const tag = cursor.small()
    const wireType = tag & 7
    const field = Math.floor(tag / 8)
    if (field === 1 && wireType === VARINT) {
      payload.timestamp = Number(cursor.varint())
    } else if (field === 2 && wireType === BYTES) {
      metric(cursor, payload)
    } else if (field === 3 && wireType === VARINT) {
      payload.seq = Number(cursor.varint())
    } else {
      skip(cursor, field, wireType)
    }
  }
  payload.failedAt = cursor.failedAt
  return payload
}

/** Fields that are not needed; their numbers begin with 1 (protobuf.dev, language guide). */
function skip(cursor: Cursor, field: number, wireType: number): void {
  if (field === 0) cursor.fail()
  else cursor.skip(wireType)
}

/** A metric that ends beyond its own length fails the payload: what follows is not trusted. */
function metric(cursor: Cursor, payload: Payload): void {
  const length = cursor.small()
  if (payload.metrics.length >= METRICS_MAX) {
    payload.beyond = true
    cursor.take(length)
    return
  }
  if (length > cursor.end - cursor.at) return cursor.fail()
  const outer = cursor.end
  cursor.end = cursor.at + length
  const read: Metric = { name: '', alias: '', datatype: 0, value: undefined }
  let isNull = false
  while (cursor.more) {
    const tag = cursor.small()
    const wireType = tag & 7
    const field = Math.floor(tag / 8)
    if (field === 7 && wireType === VARINT) isNull = cursor.small() !== 0
    else if (!member(cursor, read, field, wireType)) skip(cursor, field, wireType)
  }
  if (isNull) read.value = undefined
  cursor.end = outer
  payload.metrics.push(read)
}

function member(cursor: Cursor, metric: Metric, field: number, wireType: number): boolean {
  switch (wireType) {
    case VARINT:
      if (field === 2) metric.alias = String(cursor.varint())
      else if (field === 4) metric.datatype = cursor.small()
      else if (field === 10 || field === 11) metric.value = cursor.varint()
      else if (field === 14) metric.value = cursor.small() !== 0
      else return false
      return true
    case FIXED32:
      if (field !== 12) return false
      metric.value = cursor.float()
      return true
    case FIXED64:
      if (field !== 13) return false
      metric.value = cursor.double()
      return true
    case BYTES:
      if (field === 1) metric.name = cursor.text()
      else if (field === 15) metric.value = cursor.text()
      else if (field === 16) metric.value = cursor.octets()
      else return false
      return true
    default:
      return false
  }
}
