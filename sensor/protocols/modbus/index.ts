/**
 * Modbus on TCP and UDP: Modbus Application Protocol V1.1b3 (MAP) and Messaging on TCP/IP
 * Implementation Guide V1.0b; UMAS, which rides on function 90, as far as it is known.
 */
import type { Reader } from '../../reader.ts'
import type {
  Context,
  Dissector,
  IdentityStatement,
  Malformed,
  OperationDraft,
} from '../dissector.ts'
import { deviceObjects, functionName, isKnown } from './functions.ts'
import { REQUEST, RESPONSE, shapeOf } from './grammar.ts'
import { ModbusMessage } from './message.ts'
import { answerOf, ModbusRequest } from './operation.ts'
import { decodeRequest } from './request.ts'
import { decodeResponse } from './response.ts'
import { Shapes } from './shape.ts'
import type { Tally } from './tally.ts'
import { countMessage, newTally, tallyCounts } from './tally.ts'

/** Guide V1.0b 3.1.3: transaction and protocol identifier, length, unit identifier. */
const MBAP_BYTES = 7
/** MAP 4.1: 253 bytes of PDU and the unit identifier. */
const LENGTH_MAX = 254
/** UMAS negotiates frames of up to 1,024 data bytes (protocols.md 1.3). */
const LENGTH_OVERSIZE_MAX = 1100

/** Of all servers: only a cache, it changes nothing that is said. */
const shapes = new Shapes()

/** The message that is being read: a response is done with before the next begins. */
const message = new ModbusMessage()

/** A connection keeps nothing: its requests are the exchange's. */
const NO_STATE = null

function frame(bytes: Uint8Array, start: number, end: number): number {
  const there = end - start
  if (there > 2 && bytes[start + 2] !== 0) return -1
  if (there > 3 && bytes[start + 3] !== 0) return -1
  if (there < 6) return 0
  const length = ((bytes[start + 4] as number) << 8) | (bytes[start + 5] as number)
  // Guide V1.0b 3.1.3: the length counts the unit identifier and at least a function code.
  if (length < 2 || length > LENGTH_OVERSIZE_MAX) return -1
  if (length > LENGTH_MAX) {
    if (there < 8) return 0
    if (!isKnown((bytes[start + 7] as number) & 0x7f)) return -1
  }
  return 6 + length
}

/** Of a header that is there with its function code, as `frame` has it. */
function isLength(length: number, code: number): boolean {
  if (length < 2 || length > LENGTH_OVERSIZE_MAX) return false
  return length <= LENGTH_MAX || isKnown(code & 0x7f)
}

/** X.690 section 8.9: what every LDAP message begins with. */
const BER_SEQUENCE = 0x30

/**
 * Any function may begin a connection (a scan does), so an unknown one counts if the message ends
 * where the bytes end or another header follows; a known one of the right length counts at once.
 */
function probe(bytes: Uint8Array, start: number, end: number): number {
  const length = frame(bytes, start, end)
  if (length <= 0) return length
  // The function and the byte after it, which is the count of most responses.
  if (end - start < Math.min(length, 9)) return 0
  const code = bytes[start + 7] as number
  const fits = shapeOf(bytes, start + 7, end, length - MBAP_BYTES) !== 0
  if (fits && isKnown(code & 0x7f) && length - 6 <= LENGTH_MAX) return length
  // LDAP in long form has zeros in the right places and its length where ours is (RFC 4511 5.1).
  if (!fits && bytes[start] === BER_SEQUENCE) return -1
  const next = start + length
  if (next > end) return 0
  return next === end || frame(bytes, next, end) >= 0 ? length : -1
}

function speaker(bytes: Uint8Array, start: number, end: number): 'client' | 'server' | undefined {
  const length = frame(bytes, start, end)
  if (length <= 0 || end - start < 8) return undefined
  const shape = shapeOf(bytes, start + 7, end, length - MBAP_BYTES)
  return shape === REQUEST ? 'client' : shape === RESPONSE ? 'server' : undefined
}

function decode(reader: Reader, fromClient: boolean): ModbusMessage | ModbusRequest | Malformed {
  const start = reader.at
  const transaction = reader.u16()
  const protocol = reader.u16()
  const length = reader.u16()
  const unit = reader.u8()
  const code = reader.u8()
  if (reader.failed) return { malformed: 'cut-short', at: reader.failedAt - start, layer: 'mbap' }
  if (protocol !== 0) return { malformed: 'bad-protocol-id', at: 2, layer: 'mbap' }
  const end = start + 6 + length
  if (!isLength(length, code)) return { malformed: 'length-mismatch', at: 4, layer: 'mbap' }
  if (end > reader.end) return { malformed: 'cut-short', at: reader.end - start, layer: 'mbap' }
  message.begin(transaction, length, unit, code, fromClient)
  if (length > LENGTH_MAX && message.functionCode !== 90) message.note('length-mismatch', 4)
  const whole = reader.end
  reader.end = end
  if (fromClient) decodeRequest(message, reader, start)
  else decodeResponse(message, reader, start)
  if (reader.failed) {
    message.note('length-mismatch', reader.failedAt - start)
  } else if (reader.at < end) {
    // What a second header hides behind too long a length can be read in two ways.
    const hidden = end - reader.at > MBAP_BYTES && frame(reader.bytes, reader.at, end) > 0
    message.note(hidden ? 'ambiguous-length' : 'length-mismatch', reader.at - start)
  }
  reader.end = whole
  return fromClient ? new ModbusRequest(message, shapes.of(message)) : message
}

/** Every request asks for one thing. */
const asked: OperationDraft[] = []

function operations(
  request: ModbusMessage | ModbusRequest,
  _state: null,
  context: Context,
): readonly OperationDraft[] {
  const draft = request as ModbusRequest
  if (context.transport === 'udp') draft.framing = 'udp'
  asked[0] = draft
  return asked
}

const NOBODY: readonly IdentityStatement[] = []

function identities(said: ModbusMessage | ModbusRequest): readonly IdentityStatement[] {
  if (said.role === 'request') return NOBODY
  const { objects, serverId, unitIdentifier } = said as ModbusMessage
  if (objects === undefined && serverId === '') return NOBODY
  // Guide V1.0b 4.4.2.3: 0 and 255 name the device itself, the others what is behind a gateway.
  const behind = unitIdentifier >= 1 && unitIdentifier <= 247 ? { unit: unitIdentifier } : {}
  const statements: IdentityStatement[] = []
  for (const { id, value } of objects ?? []) {
    const attribute = deviceObjects[id]?.attribute
    if (attribute === undefined || value === '') continue
    statements.push({ of: 'server', attribute, value, confidence: 'A', ...behind })
  }
  if (serverId !== '') {
    statements.push({
      of: 'server',
      attribute: 'server-id',
      value: serverId,
      confidence: 'B',
      ...behind,
    })
  }
  return statements
}

function summary(said: ModbusMessage | ModbusRequest): string {
  const { address, quantity, functionCode, unitIdentifier } = 'shape' in said ? said.shape : said
  const name = functionName(functionCode)
  const head = `Modbus ${said.role} ${said.exchange >> 8} unit ${unitIdentifier} ${name}`
  if ('isException' in said && said.isException) return `${head}: exception ${said.exceptionCode}`
  return address < 0 ? head : `${head} ${address} x ${quantity}`
}

export const modbus: Dissector<ModbusMessage | ModbusRequest, null, null, Tally> = {
  name: 'modbus',
  specification: 'Modbus Application Protocol V1.1b3; Messaging on TCP/IP V1.0b; UMAS as observed',
  transports: ['tcp', 'udp'],
  ports: [502],
  messageBytesMax: 6 + LENGTH_OVERSIZE_MAX,
  server: () => NO_STATE,
  open: () => NO_STATE,
  frame,
  probe,
  speaker,
  decode,
  operations,
  answer: (request, response) => answerOf(request as ModbusRequest, response as ModbusMessage),
  identities,
  tally: newTally,
  count: countMessage,
  counts: tallyCounts,
  summary,
}
