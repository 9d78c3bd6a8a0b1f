/** One control packet, flat, in the words of the standard. */
import type { AnomalyCode } from '../../operation.ts'
import type { Carried, Message } from '../dissector.ts'
import * as type from './packets.ts'
import type { PayloadType } from './payload.ts'
import type { Topic } from './topics.ts'

export interface Connect {
  /** Without the bit that bridges set (0x80, by custom of mosquitto). */
  readonly protocolLevel: number
  readonly bridge: boolean
  readonly clientId: string
  readonly user: string | undefined
  readonly passwordPresent: boolean
  readonly keepAlive: number
  readonly cleanStart: boolean
  readonly will: Will | undefined
}

export interface Will {
  readonly topic: string
  readonly qos: number
  readonly retain: boolean
  readonly payloadBytes: number
}

type Oddities = { readonly code: AnomalyCode; readonly at: number }[]
const NOTHING_ODD: Oddities = []

/** One class with every field, so that all packets have one shape; -1 is `not there`. */
export class MqttPacket implements Message {
  readonly protocol = 'mqtt'
  readonly type: number
  readonly flags: number
  /** The client of the connection sent it, whoever opened it. */
  readonly byClient: boolean
  readonly fromServer: boolean
  role: Message['role'] = 'part'
  exchange = 0
  anomalies: Oddities = NOTHING_ODD
  /** Protocol level that it was read as. */
  version = 4
  /** Nothing shows yet which level the connection has: another one may read it otherwise. */
  unsure = false
  packetIdentifier = -1
  reasonCode = -1
  topic: Topic | undefined = undefined
  topicAlias = -1
  payloadBytes = 0
  payloadType: PayloadType = 'empty'
  /** Copy of the beginning of a text. */
  kept: Uint8Array | undefined = undefined
  number = NaN
  carried: Carried | undefined = undefined
  connect: Connect | undefined = undefined
  assignedClientId = ''
  filters: string[] | undefined = undefined
  /** Of SUBSCRIBE the requested QoS, of SUBACK and UNSUBACK the reason codes. */
  codes: number[] | undefined = undefined

  constructor(kind: number, flags: number, byClient: boolean) {
    this.type = kind
    this.flags = flags
    this.byClient = byClient
    // A response is the server's if the client asked: PUBACK and its like answer either.
    this.fromServer = isAnswer(kind) ? byClient : !byClient
  }

  get qos(): number {
    return (this.flags >> 1) & 3
  }

  get retain(): boolean {
    return (this.flags & 1) === 1
  }

  get dup(): boolean {
    return (this.flags & 8) === 8
  }

  note(code: AnomalyCode, at: number): void {
    if (this.anomalies === NOTHING_ODD) this.anomalies = []
    this.anomalies.push({ code, at })
  }

  /** Role and key, once type, flags and identifier are known (MQTT 5.0 sections 4.3, 4.4). */
  join(): void {
    const { role, flow } = roleOf(this.type)
    this.role = this.type === type.PUBLISH && this.qos !== 1 && this.qos !== 2 ? 'notice' : role
    // Both sides number their own packets; an answer carries the number of the other side's.
    const asked = this.role === 'response' ? !this.byClient : this.byClient
    this.exchange = (flow * 2 + (asked ? 1 : 0)) * 65536 + Math.max(0, this.packetIdentifier)
  }
}

function isAnswer(kind: number): boolean {
  return roleOf(kind).role === 'response'
}

interface Place {
  readonly role: Message['role']
  /** Which exchange it belongs to: packets of one number are joined. */
  readonly flow: number
}

const PART: Place = { role: 'part', flow: 0 }
const places: readonly Place[] = [
  PART,
  { role: 'request', flow: type.CONNECT },
  { role: 'response', flow: type.CONNECT },
  { role: 'request', flow: type.PUBLISH },
  { role: 'response', flow: type.PUBLISH },
  { role: 'response', flow: type.PUBLISH },
  { role: 'request', flow: type.PUBREL },
  { role: 'response', flow: type.PUBREL },
  { role: 'request', flow: type.SUBSCRIBE },
  { role: 'response', flow: type.SUBSCRIBE },
  { role: 'request', flow: type.UNSUBSCRIBE },
  { role: 'response', flow: type.UNSUBSCRIBE },
  { role: 'request', flow: type.PINGREQ },
  { role: 'response', flow: type.PINGREQ },
  { role: 'notice', flow: type.DISCONNECT },
  { role: 'notice', flow: type.AUTH },
]

function roleOf(kind: number): Place {
  return places[kind] ?? PART
}
