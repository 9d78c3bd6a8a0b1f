/** A Modbus ADU on TCP: MBAP header and PDU, flat, in the words of the standard. */
import type { AnomalyCode } from '../../operation.ts'
import type { Message } from '../dissector.ts'
import { isWriteFunction } from './functions.ts'

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

const NOTHING_ODD: { readonly code: AnomalyCode; readonly at: number }[] = []

/** One class with every field, so that all messages have one shape; -1 is `not there`. */
export class ModbusMessage implements Message {
  readonly protocol = 'modbus'
  readonly role: 'request' | 'response'
  readonly exchange: number
  readonly transactionIdentifier: number
  readonly unitIdentifier: number
  /** Of a request as sent; of a response without the bit that marks an exception. */
  readonly functionCode: number
  /** The MBAP length field. */
  readonly length: number
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
  readonly isException: boolean
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
  anomalies: { readonly code: AnomalyCode; readonly at: number }[]

  constructor(transaction: number, length: number, unit: number, code: number, request: boolean) {
    this.role = request ? 'request' : 'response'
    this.exchange = transaction * 256 + unit
    this.transactionIdentifier = transaction
    this.unitIdentifier = unit
    this.isException = !request && code >= 128
    this.functionCode = this.isException ? code - 128 : code
    this.length = length
    this.anomalies = NOTHING_ODD
  }

  /** MAP: broadcasts and Force Listen Only Mode are not answered (V1.1b3 4.1, 6.8.1). */
  get silent(): boolean {
    if (this.functionCode === 8) return this.subfunctionCode === 4
    return this.unitIdentifier === 0 && isWriteFunction(this.functionCode)
  }

  note(code: AnomalyCode, at: number): void {
    if (this.anomalies === NOTHING_ODD) this.anomalies = []
    this.anomalies.push({ code, at })
  }
}
