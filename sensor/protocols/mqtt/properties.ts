/** MQTT 5.0 section 2.2.2: properties, read within their length and no further. */
import type { Reader } from '../../reader.ts'
import { readVarint } from './varint.ts'

/** MQTT 5.0 section 2.2.2.2, table 2-4: how the value of each of the 27 is written. */
type Kind = 'byte' | 'u16' | 'u32' | 'varint' | 'string' | 'binary' | 'pair'
const propertyKinds: Readonly<Partial<Record<number, Kind>>> = {
  1: 'byte', // Payload Format Indicator
  2: 'u32', // Message Expiry Interval
  3: 'string', // Content Type
  8: 'string', // Response Topic
  9: 'binary', // Correlation Data
  11: 'varint', // Subscription Identifier
  17: 'u32', // Session Expiry Interval
  18: 'string', // Assigned Client Identifier
  19: 'u16', // Server Keep Alive
  21: 'string', // Authentication Method
  22: 'binary', // Authentication Data
  23: 'byte', // Request Problem Information
  24: 'u32', // Will Delay Interval
  25: 'byte', // Request Response Information
  26: 'string', // Response Information
  28: 'string', // Server Reference
  31: 'string', // Reason String
  33: 'u16', // Receive Maximum
  34: 'u16', // Topic Alias Maximum
  35: 'u16', // Topic Alias
  36: 'byte', // Maximum QoS
  37: 'byte', // Retain Available
  38: 'pair', // User Property
  39: 'u32', // Maximum Packet Size
  40: 'byte', // Wildcard Subscription Available
  41: 'byte', // Subscription Identifier Available
  42: 'byte', // Shared Subscription Available
}

export const TOPIC_ALIAS = 35
export const ASSIGNED_CLIENT_IDENTIFIER = 18
export const SERVER_KEEP_ALIVE = 19
export const TOPIC_ALIAS_MAXIMUM = 34

/** The properties that operations are made of; the others are checked and passed over. */
export class Properties {
  /** -1: not there. */
  topicAlias = -1
  topicAliasMaximum = -1
  serverKeepAlive = -1
  assignedClientIdentifier = ''
  /** Offset of an identifier that the standard does not know, or of a value that does not fit. */
  unknownAt = -1
  overrunAt = -1
}

export const NONE: Readonly<Properties> = new Properties()

/** Reads a property length and what it holds; `undefined` where the length itself does not fit. */
export function readProperties(reader: Reader): Readonly<Properties> | undefined {
  const length = readVarint(reader)
  if (length < 0 || length > reader.remaining) return undefined
  if (length === 0) return NONE
  const packetEnd = reader.end
  const end = reader.at + length
  const properties = new Properties()
  reader.end = end
  while (reader.remaining > 0 && properties.unknownAt < 0) property(reader, properties)
  // A value that runs over the property length says nothing about what follows it.
  if (reader.failed) properties.overrunAt = reader.failedAt
  reader.failedAt = -1
  reader.at = end
  reader.end = packetEnd
  return properties
}

function property(reader: Reader, properties: Properties): void {
  const at = reader.at
  const id = readVarint(reader)
  switch (propertyKinds[id]) {
    case 'byte':
      reader.take(1)
      return
    case 'u16':
      keepNumber(id, reader.u16(), properties)
      return
    case 'u32':
      reader.take(4)
      return
    case 'varint':
      readVarint(reader)
      return
    case 'string':
      if (id === ASSIGNED_CLIENT_IDENTIFIER) {
        properties.assignedClientIdentifier = reader.utf8(reader.u16())
      } else {
        reader.take(reader.u16())
      }
      return
    case 'binary':
      reader.take(reader.u16())
      return
    case 'pair':
      reader.take(reader.u16())
      reader.take(reader.u16())
      return
    case undefined:
      properties.unknownAt = at
  }
}

function keepNumber(id: number, value: number, properties: Properties): void {
  if (id === TOPIC_ALIAS) properties.topicAlias = value
  else if (id === TOPIC_ALIAS_MAXIMUM) properties.topicAliasMaximum = value
  else if (id === SERVER_KEEP_ALIVE) properties.serverKeepAlive = value
}
