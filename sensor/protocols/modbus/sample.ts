/** What the tests of Modbus have in common: messages from hex, under a header that fits them. */
import type { OperationDraft } from '../../operation.ts'
import { Reader } from '../../reader.ts'
import { modbus } from './index.ts'
import type { ModbusMessage } from './message.ts'
import type { ModbusRequest } from './operation.ts'

type Either = ModbusMessage | ModbusRequest

const end = { ip: '192.0.2.1', port: 1, mac: '' }
export const context = { client: end, server: end, time: 0 }

export function bytesOf(pdu: string, unit: number): Uint8Array {
  const body = Buffer.from(pdu.replace(/\s/g, ''), 'hex')
  const head = Buffer.alloc(7)
  head.writeUInt16BE(7, 0)
  head.writeUInt16BE(body.length + 1, 4)
  head[6] = unit
  return new Uint8Array(Buffer.concat([head, body]))
}

export function decode(pdu: string, fromClient: boolean, unit = 1): Either {
  const bytes = bytesOf(pdu, unit)
  const message = modbus.decode(Reader.of(bytes), fromClient, modbus.open(modbus.server()))
  return message as Either
}

export function draftOf(message: Either): OperationDraft {
  const [draft] = modbus.operations(message, modbus.open(modbus.server()), context)
  return draft as OperationDraft
}

export const oddities = (message: Either) =>
  message.anomalies.map(({ code, at }) => `${code}@${at}`)
