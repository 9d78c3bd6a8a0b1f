/** MQTT control packets (OASIS MQTT 5.0 section 3, 3.1.1 section 3). */
import type { Part } from './bytes.ts'
import { join, u16, u8, utf8 } from './bytes.ts'

export const MQTT_PORT = 1883

/** Variable Byte Integer (5.0, 1.5.5). */
export function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return u8(...bytes)
}

/** UTF-8 Encoded String, Binary Data (1.5.4, 1.5.6). */
export function text(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? utf8(value) : value
  return join(u16(bytes.length), bytes)
}

/** Type and flags, Remaining Length, the rest (2.1). */
export function packet(first: number, ...parts: readonly Part[]): Uint8Array {
  const body = join(...parts)
  return join(u8(first), varint(body.length), body)
}

/** Property Length and properties (2.2.2); each begins with its identifier in hex. */
export function properties(...parts: readonly Part[]): Uint8Array {
  const body = join(...parts)
  return join(varint(body.length), body)
}

export interface Connect {
  readonly level: 3 | 4 | 5
  readonly clientId: string
  readonly keepAlive?: number
  readonly clean?: boolean
  readonly will?: { topic: string; payload: Uint8Array; qos?: number; retain?: boolean }
  readonly user?: string
  readonly password?: string
  /** Of version 5. */
  readonly properties?: Uint8Array
}

/** 3.1: protocol name, level, flags, Keep Alive, then the payload in this order. */
export function connect(fields: Connect): Uint8Array {
  const { level, clientId, keepAlive = 60, clean = true, will, user, password } = fields
  const flags =
    (clean ? 0x02 : 0) |
    (will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
    (password === undefined ? 0 : 0x40) |
    (user === undefined ? 0 : 0x80)
  const none = level === 5 ? properties() : ''
  return packet(
    0x10,
    text(level === 3 ? 'MQIsdp' : 'MQTT'),
    u8(level, flags),
    u16(keepAlive),
    fields.properties ?? none,
    text(clientId),
    ...(will === undefined ? [] : [none, text(will.topic), text(will.payload)]),
    user === undefined ? '' : text(user),
    password === undefined ? '' : text(password),
  )
}

/** 3.2: session present, code; properties in version 5. */
export function connack(code: number, props?: Uint8Array): Uint8Array {
  return packet(0x20, u8(0, code), props ?? '')
}

export interface Publish {
  readonly topic: string | Uint8Array
  readonly payload?: string | Uint8Array
  readonly qos?: 0 | 1 | 2 | 3
  readonly retain?: boolean
  readonly dup?: boolean
  readonly id?: number
  readonly properties?: Uint8Array
}

/** 3.3: Topic Name, Packet Identifier above QoS 0, properties in version 5, payload. */
export function publish(fields: Publish): Uint8Array {
  const { topic, payload = '', qos = 0, retain = false, dup = false, id = 1 } = fields
  const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0)
  const bytes = typeof payload === 'string' ? utf8(payload) : payload
  return packet(first, text(topic), qos > 0 ? u16(id) : '', fields.properties ?? '', bytes)
}

export const puback = (id: number, rest: Part = ''): Uint8Array => packet(0x40, u16(id), rest)
export const pubrec = (id: number, rest: Part = ''): Uint8Array => packet(0x50, u16(id), rest)
export const pubrel = (id: number, rest: Part = ''): Uint8Array => packet(0x62, u16(id), rest)
export const pubcomp = (id: number, rest: Part = ''): Uint8Array => packet(0x70, u16(id), rest)

type Filter = readonly [filter: string, options: number]

/** 3.8: Packet Identifier, properties in version 5, filters with their options. */
export function subscribe(id: number, filters: readonly Filter[], props: Part = ''): Uint8Array {
  const list = filters.map(([filter, options]) => join(text(filter), u8(options)))
  return packet(0x82, u16(id), props, ...list)
}

export function suback(id: number, codes: readonly number[], props: Part = ''): Uint8Array {
  return packet(0x90, u16(id), props, u8(...codes))
}

export function unsubscribe(id: number, filters: readonly string[], props: Part = '') {
  return packet(0xa2, u16(id), props, ...filters.map(text))
}

export function unsuback(id: number, rest: Part = ''): Uint8Array {
  return packet(0xb0, u16(id), rest)
}

export const pingreq = (): Uint8Array => packet(0xc0)
export const pingresp = (): Uint8Array => packet(0xd0)
export const disconnect = (rest: Part = ''): Uint8Array => packet(0xe0, rest)
export const auth = (rest: Part = ''): Uint8Array => packet(0xf0, rest)
