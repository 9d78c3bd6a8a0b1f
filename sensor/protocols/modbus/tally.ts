/** Counts PDUs in the keys of the corpus' oracle (`modbus.*` of `counts`). */
import type { ModbusMessage } from './message.ts'
import type { ModbusRequest } from './operation.ts'
import type { Shape } from './shape.ts'

/** The oracle counts PDUs with an MBAP length of at most this. */
const COUNTED_LENGTH_MAX = 1000

export interface Tally {
  pdus: number
  writeRequests: number
  readonly requests: Int32Array
  readonly responses: Int32Array
  /** By function, then by exception code + 1 (0: the code is missing). */
  readonly exceptions: (Int32Array | undefined)[]
  readonly encapsulated: Int32Array
  readonly umas: Int32Array
  readonly units: Uint8Array
}

export function newTally(): Tally {
  return {
    pdus: 0,
    writeRequests: 0,
    requests: new Int32Array(256),
    responses: new Int32Array(256),
    exceptions: [],
    encapsulated: new Int32Array(256),
    umas: new Int32Array(256),
    units: new Uint8Array(256),
  }
}

export function countMessage(message: ModbusMessage | ModbusRequest, tally: Tally): void {
  if (message.length > COUNTED_LENGTH_MAX) return
  tally.pdus++
  if ('shape' in message) countRequest(message.shape, tally)
  else countResponse(message, tally)
}

function countRequest(shape: Shape, tally: Tally): void {
  const { functionCode: code, subfunctionCode: sub } = shape
  tally.units[shape.unitIdentifier] = 1
  add(tally.requests, code)
  if (shape.isWrite) tally.writeRequests++
  countFunction(code, sub, tally)
}

function countResponse(message: ModbusMessage, tally: Tally): void {
  const { functionCode: code, subfunctionCode: sub } = message
  tally.units[message.unitIdentifier] = 1
  if (!message.isException) {
    add(tally.responses, code)
    countFunction(code, sub, tally)
    return
  }
  const codes = (tally.exceptions[code] ??= new Int32Array(257))
  add(codes, message.exceptionCode + 1)
  // The oracle reads the byte after the function code, in exceptions too.
  if (code === 43 && message.exceptionCode >= 0) add(tally.encapsulated, message.exceptionCode)
}

function countFunction(code: number, sub: number, tally: Tally): void {
  if (sub < 0) return
  if (code === 43) add(tally.encapsulated, sub)
  else if (code === 90) add(tally.umas, sub)
}

export function tallyCounts(tally: Tally): Record<string, unknown> {
  const exc: Record<string, number> = {}
  tally.exceptions.forEach((codes, code) => {
    codes?.forEach((count, index) => {
      if (count > 0) exc[`${code}/${index - 1}`] = count
    })
  })
  return {
    pdus: tally.pdus,
    req: byCode(tally.requests),
    rsp: byCode(tally.responses),
    exc,
    mei: byCode(tally.encapsulated),
    umas: byCode(tally.umas),
    write_requests: tally.writeRequests,
    units: tally.units.reduce((sum, seen) => sum + (seen > 0 ? 1 : 0), 0),
  }
}

function add(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1
}

function byCode(counts: Int32Array): Record<string, number> {
  const by: Record<string, number> = {}
  counts.forEach((count, code) => {
    if (count > 0) by[code] = count
  })
  return by
}
