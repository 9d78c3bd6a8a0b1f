/** Messages made byte by byte, for the tests of this folder. */
import { Reader } from '../../reader.ts'
import type { Context } from '../dissector.ts'
import type { Connection } from './connection.ts'
import { opcua } from './index.ts'
import type { OpcUaMessage } from './message.ts'

export class Wire {
  readonly octets: number[] = []

  u8(...values: number[]): this {
    this.octets.push(...values.map((value) => value & 0xff))
    return this
  }

  u16(value: number): this {
    return this.u8(value, value >>> 8)
  }

  u32(value: number): this {
    return this.u8(value, value >>> 8, value >>> 16, value >>> 24)
  }

  f64(value: number): this {
    return this.u8(...new Uint8Array(new Float64Array([value]).buffer))
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.octets.push(byte)
    return this
  }

  /** String or ByteString; null without an argument. */
  text(value?: string | Uint8Array): this {
    if (value === undefined) return this.u32(-1)
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return this.u32(bytes.length).raw(bytes)
  }

  /** Four-byte NodeId. */
  node(id: number, namespace = 0): this {
    return this.u8(1, namespace).u16(id)
  }

  named(namespace: number, id: string): this {
    return this.u8(3).u16(namespace).text(id)
  }

  requestHeader(token = 0, timeoutHint = 0): this {
    if (token === 0) this.u8(0, 0)
    else this.node(token, 1)
    return this.u32(0).u32(0).u32(7).u32(0).text().u32(timeoutHint).u8(0, 0, 0)
  }

  responseHeader(result = 0): this {
    return this.u32(0).u32(0).u32(7).u32(result).u8(0).u32(-1).u8(0, 0, 0)
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.octets)
  }
}

export function chunk(type: string, flag: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new Wire().raw(new TextEncoder().encode(type + flag)).u32(8 + body.length)
  return head.raw(body).bytes
}

/** Channel 5, token 1. */
export function msg(
  sequence: number,
  requestId: number,
  body: Uint8Array,
  flag = 'F',
  type = 'MSG',
): Uint8Array<ArrayBuffer> {
  const wire = new Wire().u32(5).u32(1).u32(sequence).u32(requestId).raw(body)
  return chunk(type, flag, wire.bytes)
}

export function opn(policy: string, body: Uint8Array, certificate?: Uint8Array) {
  const uri = `http://opcfoundation.org/UA/SecurityPolicy#${policy}`
  return chunk('OPN', 'F', new Wire().u32(5).text(uri).text(certificate).text().raw(body).bytes)
}

export function openRequest(sequence: number, requestId: number, mode = 1): Uint8Array {
  const wire = new Wire().u32(sequence).u32(requestId).node(446).requestHeader()
  return wire.u32(0).u32(0).u32(mode).text().u32(60_000).bytes
}

export function read(...nodes: readonly (number | string)[]): Uint8Array<ArrayBuffer> {
  return readBy(0, ...nodes)
}

export function readBy(token: number, ...nodes: readonly (number | string)[]) {
  const wire = new Wire().node(631).requestHeader(token).f64(0).u32(2).u32(nodes.length)
  for (const node of nodes) {
    if (typeof node === 'number') wire.node(node)
    else wire.named(2, node)
    wire.u32(13).text().u16(0).text()
  }
  return wire.bytes
}

export function decode(bytes: Uint8Array, fromClient: boolean, connection: Connection) {
  return opcua.decode(Reader.of(bytes), fromClient, connection)
}

/** As `decode`, where the test is about what the message says: of a malformed one nothing is. */
export function message(
  bytes: Uint8Array,
  fromClient: boolean,
  connection: Connection,
): OpcUaMessage {
  return decode(bytes, fromClient, connection) as OpcUaMessage
}

const CONTEXT: Context = {
  client: { ip: '10.0.0.1', port: 50_000, mac: '' },
  server: { ip: '10.0.0.2', port: 4840, mac: '' },
  time: 0,
}

/** One exchange as the stage above drives it: the request's operations and their answers. */
export function exchange(connection: Connection, asked: Uint8Array, answered: Uint8Array) {
  const request = message(asked, true, connection)
  const drafts = opcua.operations(request, connection, CONTEXT)
  const response = message(answered, false, connection)
  const answers = drafts.map((_, item) => opcua.answer(request, response, item, connection))
  const identities = [
    ...(opcua.identities?.(request, undefined, connection) ?? []),
    ...(opcua.identities?.(response, request, connection) ?? []),
  ]
  return { request, response, drafts, answers, identities }
}

export function operations(connection: Connection, bytes: Uint8Array) {
  return opcua.operations(message(bytes, true, connection), connection, CONTEXT)
}

export function connect(): Connection {
  return opcua.open(opcua.server())
}

/** A connection whose channel was opened in mode None; the next sequence number is 2. */
export function connectPlain(): Connection {
  const connection = connect()
  message(opn('None', openRequest(1, 1)), true, connection)
  return connection
}

export const hello = chunk(
  'HEL',
  'F',
  new Wire().u32(0).u32(65_536).u32(65_536).u32(0).u32(0).text('opc.tcp://plc1:4840').bytes,
)
export const acknowledge = chunk('ACK', 'F', new Wire().u32(0).u32(1).u32(1).u32(0).u32(0).bytes)
export const reverseHello = chunk('RHE', 'F', new Wire().text('urn:s').text('opc.tcp://plc1').bytes)
export const refusal = chunk('ERR', 'F', new Wire().u32(0x80550000).text('no').bytes)
export const noise = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + 1 + seed, 0x9e3779b1) >>> 24)
