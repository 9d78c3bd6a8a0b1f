/**
 * Names and classes of Modbus functions. Documents: Modbus Application Protocol V1.1b3 (MAP),
 * Modbus over Serial Line V1.02; UMAS is Schneider Electric's and published by nobody.
 */
import type { OperationClass } from '../../operation.ts'

export interface FunctionCode {
  readonly name: string
  readonly classes: readonly OperationClass[]
}

const READ: readonly OperationClass[] = ['read']
const WRITE: readonly OperationClass[] = ['write']
const PROGRAM: readonly OperationClass[] = ['program']
const CONTROL: readonly OperationClass[] = ['control']
const IDENTIFY: readonly OperationClass[] = ['identify']
const SESSION: readonly OperationClass[] = ['session']
const OTHER: readonly OperationClass[] = ['other']

/** MAP section 5.1 and 6: public function codes; classes as in fields.md. */
export const publicFunctions: Readonly<Partial<Record<number, FunctionCode>>> = {
  1: { name: 'Read Coils', classes: READ },
  2: { name: 'Read Discrete Inputs', classes: READ },
  3: { name: 'Read Holding Registers', classes: READ },
  4: { name: 'Read Input Registers', classes: READ },
  5: { name: 'Write Single Coil', classes: WRITE },
  6: { name: 'Write Single Register', classes: WRITE },
  7: { name: 'Read Exception Status', classes: OTHER },
  8: { name: 'Diagnostics', classes: OTHER },
  11: { name: 'Get Comm Event Counter', classes: OTHER },
  12: { name: 'Get Comm Event Log', classes: OTHER },
  15: { name: 'Write Multiple Coils', classes: WRITE },
  16: { name: 'Write Multiple Registers', classes: WRITE },
  17: { name: 'Report Server ID', classes: IDENTIFY },
  20: { name: 'Read File Record', classes: READ },
  21: { name: 'Write File Record', classes: PROGRAM },
  22: { name: 'Mask Write Register', classes: WRITE },
  23: { name: 'Read/Write Multiple Registers', classes: ['write', 'read'] },
  24: { name: 'Read FIFO Queue', classes: READ },
  43: { name: 'Encapsulated Interface Transport', classes: OTHER },
}

/**
 * MAP annex A: reserved for legacy products, names as their vendor's manuals use them; 90 is in
 * use by Schneider Electric as UMAS. Classes as in fields.md.
 */
export const legacyFunctions: Readonly<Partial<Record<number, FunctionCode>>> = {
  9: { name: 'Program 484', classes: OTHER },
  10: { name: 'Poll 484', classes: OTHER },
  13: { name: 'Program 584/984', classes: OTHER },
  14: { name: 'Poll 584/984', classes: OTHER },
  18: { name: 'Program 884/M84', classes: OTHER },
  19: { name: 'Reset Comm Link 884/M84', classes: OTHER },
  40: { name: 'Program Concept', classes: OTHER },
  41: { name: 'Multiple Function Codes', classes: OTHER },
  90: { name: 'UMAS', classes: OTHER },
  91: { name: 'Object Messaging', classes: OTHER },
  125: { name: 'Firmware Replacement', classes: PROGRAM },
  126: { name: 'Program 584/984', classes: PROGRAM },
  127: { name: 'Report Local Address', classes: OTHER },
}

/** MAP section 5: user-defined function codes are 65 to 72 and 100 to 110. */
export function isUserDefined(code: number): boolean {
  return (code >= 65 && code <= 72) || (code >= 100 && code <= 110)
}

export function isKnown(code: number): boolean {
  return publicFunctions[code] !== undefined || legacyFunctions[code] !== undefined
}

/** MAP section 6.8.1: sub-functions of 8. */
export const diagnostics: Readonly<Partial<Record<number, FunctionCode>>> = {
  0: { name: 'Return Query Data', classes: OTHER },
  1: { name: 'Restart Communications Option', classes: CONTROL },
  2: { name: 'Return Diagnostic Register', classes: OTHER },
  3: { name: 'Change ASCII Input Delimiter', classes: CONTROL },
  4: { name: 'Force Listen Only Mode', classes: CONTROL },
  10: { name: 'Clear Counters and Diagnostic Register', classes: CONTROL },
  11: { name: 'Return Bus Message Count', classes: OTHER },
  12: { name: 'Return Bus Communication Error Count', classes: OTHER },
  13: { name: 'Return Bus Exception Error Count', classes: OTHER },
  14: { name: 'Return Server Message Count', classes: OTHER },
  15: { name: 'Return Server No Response Count', classes: OTHER },
  16: { name: 'Return Server NAK Count', classes: OTHER },
  17: { name: 'Return Server Busy Count', classes: OTHER },
  18: { name: 'Return Bus Character Overrun Count', classes: OTHER },
  20: { name: 'Clear Overrun Counter and Flag', classes: OTHER },
}

/** MAP sections 6.20 and 6.21: MEI types of 43. */
export const encapsulatedInterfaces: Readonly<Partial<Record<number, FunctionCode>>> = {
  13: { name: 'CANopen General Reference', classes: OTHER },
  14: { name: 'Read Device Identification', classes: IDENTIFY },
}

/** UMAS functions (protocols.md 1.4): observed, with the names that the research uses. */
export const umasFunctions: Readonly<Partial<Record<number, FunctionCode>>> = {
  0x01: { name: 'INIT_COMM', classes: SESSION },
  0x02: { name: 'READ_ID', classes: IDENTIFY },
  0x03: { name: 'READ_PROJECT_INFO', classes: IDENTIFY },
  0x04: { name: 'READ_PLC_INFO', classes: IDENTIFY },
  0x06: { name: 'READ_CARD_INFO', classes: IDENTIFY },
  0x0a: { name: 'REPEAT', classes: OTHER },
  0x10: { name: 'TAKE_PLC_RESERVATION', classes: SESSION },
  0x11: { name: 'RELEASE_PLC_RESERVATION', classes: SESSION },
  0x12: { name: 'KEEP_ALIVE', classes: SESSION },
  0x20: { name: 'READ_MEMORY_BLOCK', classes: READ },
  0x22: { name: 'READ_VARIABLES', classes: READ },
  0x23: { name: 'WRITE_VARIABLES', classes: WRITE },
  0x24: { name: 'READ_COILS_REGISTERS', classes: READ },
  0x25: { name: 'WRITE_COILS_REGISTERS', classes: WRITE },
  0x30: { name: 'INITIALIZE_UPLOAD', classes: PROGRAM },
  0x31: { name: 'UPLOAD_BLOCK', classes: PROGRAM },
  0x32: { name: 'END_STRATEGY_UPLOAD', classes: PROGRAM },
  0x33: { name: 'INITIALIZE_DOWNLOAD', classes: PROGRAM },
  0x34: { name: 'DOWNLOAD_BLOCK', classes: PROGRAM },
  0x35: { name: 'END_STRATEGY_DOWNLOAD', classes: PROGRAM },
  0x39: { name: 'READ_ETH_MASTER_DATA', classes: READ },
  0x40: { name: 'START_PLC', classes: CONTROL },
  0x41: { name: 'STOP_PLC', classes: CONTROL },
  0x50: { name: 'MONITOR_PLC', classes: READ },
  0x58: { name: 'CHECK_PLC', classes: OTHER },
  0x70: { name: 'READ_IO_OBJECT', classes: READ },
  0x71: { name: 'WRITE_IO_OBJECT', classes: WRITE },
  0x73: { name: 'GET_STATUS_MODULE', classes: OTHER },
}

/** MAP section 7; 7 is of older editions. */
export const exceptionCodes: Readonly<Partial<Record<number, string>>> = {
  1: 'Illegal Function',
  2: 'Illegal Data Address',
  3: 'Illegal Data Value',
  4: 'Server Device Failure',
  5: 'Acknowledge',
  6: 'Server Device Busy',
  7: 'Negative Acknowledge',
  8: 'Memory Parity Error',
  10: 'Gateway Path Unavailable',
  11: 'Gateway Target Device Failed to Respond',
}

/** MAP section 6.21, table of object ids: field and what the inventory calls it. */
export const deviceObjects: readonly { readonly field: string; readonly attribute: string }[] = [
  { field: 'modbus.device_id.vendor_name', attribute: 'vendor' },
  { field: 'modbus.device_id.product_code', attribute: 'product-code' },
  { field: 'modbus.device_id.major_minor_revision', attribute: 'firmware' },
  { field: 'modbus.device_id.vendor_url', attribute: 'vendor-url' },
  { field: 'modbus.device_id.product_name', attribute: 'product-name' },
  { field: 'modbus.device_id.model_name', attribute: 'model' },
  { field: 'modbus.device_id.user_application_name', attribute: 'application' },
]

/** The table that a function reaches into (MAP section 4.3). */
export function tableOf(code: number): string | undefined {
  switch (code) {
    case 1:
    case 5:
    case 15:
      return 'coil'
    case 2:
      return 'discrete'
    case 4:
      return 'input'
    case 3:
    case 6:
    case 16:
    case 22:
    case 23:
      return 'holding'
    case 20:
    case 21:
      return 'file'
    case 24:
      return 'fifo'
    default:
      return undefined
  }
}

/** Function codes of `modbus.write_requests` in the corpus' oracle. */
export function isWriteFunction(code: number): boolean {
  return code === 5 || code === 6 || code === 15 || code === 16 || (code >= 21 && code <= 23)
}

export function functionName(code: number): string {
  const known = publicFunctions[code] ?? legacyFunctions[code]
  if (known !== undefined) return known.name
  return isUserDefined(code) ? `User Defined ${code}` : `Function ${code}`
}
