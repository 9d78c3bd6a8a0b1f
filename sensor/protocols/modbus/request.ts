/** Requests, in the order of MAP section 6. Short ones are decoded as far as they go. */
import type { Reader } from '../../reader.ts'
import { diagnostics, isKnown, isUserDefined } from './functions.ts'
import type { FileGroup, ModbusMessage } from './message.ts'
import { bits, registers, words } from './values.ts'

export function decodeRequest(message: ModbusMessage, reader: Reader, start: number): void {
  switch (message.functionCode) {
    case 1:
    case 2:
      return range(message, reader, start, 2000)
    case 3:
    case 4:
      return range(message, reader, start, 125)
    case 5:
      return writeSingleCoil(message, reader, start)
    case 6:
      message.address = reader.u16()
      message.quantity = 1
      message.values = [reader.u16()]
      return
    case 8:
      return diagnostic(message, reader, start)
    case 15:
      range(message, reader, start, 1968)
      message.values = bits(
        reader,
        counted(message, reader, start, Math.ceil(message.quantity / 8)),
      )
      if (message.values.length > message.quantity) message.values.length = message.quantity
      return
    case 16:
      range(message, reader, start, 123)
      message.values = registers(reader, counted(message, reader, start, message.quantity * 2))
      return
    case 20:
    case 21:
      return fileGroups(message, reader, start)
    case 22:
      message.address = reader.u16()
      message.andMask = reader.u16()
      message.orMask = reader.u16()
      return
    case 23:
      return readWrite(message, reader, start)
    case 24:
      message.address = reader.u16()
      return
    case 43:
      return encapsulated(message, reader)
    case 90:
      reader.u8()
      message.subfunctionCode = reader.u8()
      reader.take(reader.remaining)
      return
    case 7:
    case 11:
    case 12:
    case 17:
      return
    default:
      if (!isKnown(message.functionCode) && !isUserDefined(message.functionCode)) {
        message.note('unknown-function', reader.at - start - 1)
      }
      reader.take(reader.remaining)
  }
}

function range(message: ModbusMessage, reader: Reader, start: number, quantityMax: number): void {
  message.address = reader.u16()
  message.quantity = reader.u16()
  if (reader.failed) return
  const { address, quantity } = message
  if (quantity < 1 || quantity > quantityMax || address + quantity > 65536) {
    message.note('value-invalid', reader.at - start - 2)
  }
}

/** The byte count of a write, and how many bytes of values there really are. */
function counted(message: ModbusMessage, reader: Reader, start: number, expected: number): number {
  const at = reader.at - start
  const count = reader.u8()
  if (reader.failed) return 0
  if (count !== expected || count > reader.remaining) message.note('length-mismatch', at)
  return Math.min(count, reader.remaining)
}

/** MAP 6.5: the value is FF00 or 0000, all others are illegal. */
function writeSingleCoil(message: ModbusMessage, reader: Reader, start: number): void {
  message.address = reader.u16()
  message.quantity = 1
  const value = reader.u16()
  message.values = [value === 0xff00 ? 1 : value]
  if (value !== 0xff00 && value !== 0) message.note('value-invalid', reader.at - start - 2)
}

function diagnostic(message: ModbusMessage, reader: Reader, start: number): void {
  message.subfunctionCode = reader.u16()
  if (!reader.failed && diagnostics[message.subfunctionCode] === undefined) {
    message.note('reserved-value', reader.at - start - 2)
  }
  message.values = words(reader)
}

/** MAP 6.14 and 6.15: groups of reference type 6, file, record, length, and data when written. */
export function fileGroups(message: ModbusMessage, reader: Reader, start: number): void {
  const at = reader.at - start
  const count = reader.u8()
  if (!reader.failed && count !== reader.remaining) message.note('length-mismatch', at)
  const groups: FileGroup[] = []
  const values: number[] = []
  while (reader.remaining >= 7) {
    if (reader.u8() !== 6) message.note('value-invalid', reader.at - start - 1)
    const group = { file: reader.u16(), record: reader.u16(), length: reader.u16() }
    groups.push(group)
    if (message.functionCode !== 21) continue
    const there = Math.min(group.length * 2, reader.remaining)
    if (there < group.length * 2) message.note('length-mismatch', reader.at - start - 2)
    for (const value of registers(reader, there)) values.push(value)
  }
  message.files = groups
  if (message.functionCode === 21) message.values = values
}

function readWrite(message: ModbusMessage, reader: Reader, start: number): void {
  range(message, reader, start, 125)
  message.writeAddress = reader.u16()
  message.writeQuantity = reader.u16()
  const { writeAddress, writeQuantity } = message
  if (!reader.failed && (writeQuantity < 1 || writeQuantity > 121)) {
    message.note('value-invalid', reader.at - start - 2)
  } else if (writeAddress + writeQuantity > 65536) {
    message.note('value-invalid', reader.at - start - 4)
  }
  message.values = registers(reader, counted(message, reader, start, writeQuantity * 2))
}

function encapsulated(message: ModbusMessage, reader: Reader): void {
  message.subfunctionCode = reader.u8()
  if (message.subfunctionCode === 14) {
    message.readDeviceIdCode = reader.u8()
    message.objectId = reader.u8()
  } else {
    reader.take(reader.remaining)
  }
}
