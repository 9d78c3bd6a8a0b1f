/** Responses, in the order of MAP section 6, and exceptions (section 7). */
import type { Reader } from '../../reader.ts'
import { exceptionCodes } from './functions.ts'
import type { DeviceObject, ModbusMessage } from './message.ts'
import { fileGroups } from './request.ts'
import { bits, deviceText, octets, registers, words } from './values.ts'

export function decodeResponse(message: ModbusMessage, reader: Reader, start: number): void {
  if (message.isException) return exception(message, reader, start)
  switch (message.functionCode) {
    case 1:
    case 2:
      message.values = bits(reader, counted(message, reader, start))
      return
    case 3:
    case 4:
    case 23:
      message.values = registers(reader, counted(message, reader, start))
      return
    case 5:
      message.address = reader.u16()
      message.values = [reader.u16() === 0xff00 ? 1 : 0]
      return
    case 6:
      message.address = reader.u16()
      message.values = [reader.u16()]
      return
    case 7:
      message.values = [reader.u8()]
      return
    case 8:
      message.subfunctionCode = reader.u16()
      message.values = words(reader)
      return
    case 11:
      message.values = [reader.u16(), reader.u16()]
      return
    case 12:
      return eventLog(message, reader, start)
    case 15:
    case 16:
      message.address = reader.u16()
      message.quantity = reader.u16()
      return
    case 17:
      message.serverId = printableRun(reader.octets(counted(message, reader, start)))
      return
    case 20:
      return fileRecords(message, reader, start)
    case 21:
      return fileGroups(message, reader, start)
    case 22:
      message.address = reader.u16()
      message.andMask = reader.u16()
      message.orMask = reader.u16()
      return
    case 24:
      return fifo(message, reader, start)
    case 43:
      return encapsulated(message, reader)
    case 90:
      reader.u8()
      message.subfunctionCode = reader.u8()
      reader.take(reader.remaining)
      return
    default:
      reader.take(reader.remaining)
  }
}

function exception(message: ModbusMessage, reader: Reader, start: number): void {
  const at = reader.at - start
  const code = reader.u8()
  if (reader.failed) return
  message.exceptionCode = code
  if (code === 0) message.note('value-invalid', at)
  else if (exceptionCodes[code] === undefined) message.note('reserved-value', at)
}

function counted(message: ModbusMessage, reader: Reader, start: number): number {
  const at = reader.at - start
  const count = reader.u8()
  if (reader.failed) return 0
  message.byteCount = count
  if (count > reader.remaining) message.note('length-mismatch', at)
  return Math.min(count, reader.remaining)
}

/** MAP 6.10: status, event count, message count, then one byte for each event. */
function eventLog(message: ModbusMessage, reader: Reader, start: number): void {
  const events = counted(message, reader, start) - 6
  const values = [reader.u16(), reader.u16(), reader.u16()]
  message.values = values.concat(octets(reader, Math.max(0, Math.min(events, reader.remaining))))
}

/** MAP 6.14: each group's length counts its reference type byte. */
function fileRecords(message: ModbusMessage, reader: Reader, start: number): void {
  counted(message, reader, start)
  const values: number[] = []
  while (reader.remaining >= 2) {
    const length = reader.u8() - 1
    if (reader.u8() !== 6) message.note('value-invalid', reader.at - start - 1)
    if (length < 0 || length > reader.remaining) message.note('length-mismatch', reader.at - start)
    const there = Math.max(0, Math.min(length, reader.remaining))
    for (const value of registers(reader, there)) values.push(value)
  }
  message.values = values
}

function fifo(message: ModbusMessage, reader: Reader, start: number): void {
  const count = reader.u16()
  const words = reader.u16()
  if (!reader.failed && (count !== words * 2 + 2 || words * 2 !== reader.remaining)) {
    message.note('length-mismatch', reader.at - start - 4)
  }
  // MAP 6.18: a queue holds at most 31 registers.
  if (words > 31) message.note('value-invalid', reader.at - start - 2)
  message.values = registers(reader, Math.min(words * 2, reader.remaining))
}

/** MAP 6.21: conformity level, more follows, next object id, then the objects. */
function encapsulated(message: ModbusMessage, reader: Reader): void {
  message.subfunctionCode = reader.u8()
  if (message.subfunctionCode !== 14) {
    reader.take(reader.remaining)
    return
  }
  message.readDeviceIdCode = reader.u8()
  reader.take(3)
  const count = reader.u8()
  const objects: DeviceObject[] = []
  for (let i = 0; i < count && reader.remaining > 0; i++) {
    const id = reader.u8()
    const length = reader.u8()
    const from = reader.at
    const value = reader.utf8(length)
    if (reader.failed) break
    objects.push({ id, value: deviceText(reader.bytes.subarray(from, from + length), value) })
  }
  message.objects = objects
}

/**
 * The longest run of printable ASCII: where it stands and what stands around it is the
 * vendor's.
 */
function printableRun(bytes: Uint8Array): string {
  let best = ''
  let run = ''
  for (const byte of bytes) {
    if (byte >= 0x20 && byte < 0x7f) run += String.fromCharCode(byte)
    else run = ''
    if (run.length > best.length) best = run
  }
  return best.length >= 3 ? best.trim() : ''
}
