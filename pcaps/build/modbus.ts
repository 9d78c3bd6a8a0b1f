/** Modbus ADUs (Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3). */
import type { Part } from './bytes.ts'
import { join, u16, u8 } from './bytes.ts'

export const MODBUS_PORT = 502

/** Transaction identifier, protocol identifier 0, length, unit identifier, PDU. */
export function adu(transaction: number, unit: number, ...pdu: readonly Part[]): Uint8Array {
  const body = join(...pdu)
  return join(u16(transaction), '0000', u16(1 + body.length), u8(unit), body)
}
