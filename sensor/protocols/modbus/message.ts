/** A Modbus ADU on TCP: MBAP header and PDU, flat, in the words of the standard. */
import type { AnomalyCode } from '../../operation.ts'
import type { Message } from '../dissector.ts'

export interface DeviceObject {
  readonly id: number
  readonly value: string
}

export interface FileGroup {
  readonly file: number
  readonly record: number
  /** Registers asked for or written. */
  readonly length: number
}

export type Oddities = { readonly code: AnomalyCode; readonly at: number }[]
const NOTHING_ODD: Oddities = []

/** What is read of a message before it is known what to keep: -1 is `not there`. */
export class ModbusMessage implements Message {
  readonly protocol = 'modbus'
  role: 'request' | 'response' = 'response'
  exchange = 0
  transactionIdentifier = 0
  unitIdentifier = 0
  /** Of a request as sent; of a response without the bit that marks an exception. */
  functionCode = 0
  /** The MBAP length field. */
  length = 0
  /** Of 8 the sub-function, of 43 the MEI type, of 90 the UMAS function. */
  subfunctionCode = -1
  address = -1
  quantity = -1
  writeAddress = -1
  writeQuantity = -1
  andMask = -1
  orMask = -1
  /** An exception whose code is missing has -1 too: `isException` says which. */
  exceptionCode = -1
  isException = false
  /** Byte count of a response, as sent. */
  byteCount = -1
  /** Registers, coils as 0 and 1, or what else the function carries as numbers. */
  values: number[] | undefined = undefined
  readDeviceIdCode = -1
  objectId = -1
  objects: DeviceObject[] | undefined = undefined
  files: FileGroup[] | undefined = undefined
  /** Report Server ID: the printable part of what the device says of itself. */
  serverId = ''
  anomalies: Oddities = NOTHING_ODD

  /** Forgets the message before: one object reads them all. */
  begin(transaction: number, length: number, unit: number, code: number, request: boolean): void {
    this.role = request ? 'request' : 'response'
    this.exchange = transaction * 256 + unit
    this.transactionIdentifier = transaction
    this.unitIdentifier = unit
    this.isException = !request && code >= 128
    this.functionCode = this.isException ? code - 128 : code
    this.length = length
    this.subfunctionCode = -1
    this.address = -1
    this.quantity = -1
    this.writeAddress = -1
    this.writeQuantity = -1
    this.andMask = -1
    this.orMask = -1
    this.exceptionCode = -1
    this.byteCount = -1
    this.values = undefined
    this.readDeviceIdCode = -1
    this.objectId = -1
    this.objects = undefined
    this.files = undefined
    this.serverId = ''
    this.anomalies = NOTHING_ODD
  }

  note(code: AnomalyCode, at: number): void {
    if (this.anomalies === NOTHING_ODD) this.anomalies = []
    this.anomalies.push({ code, at })
  }
}
