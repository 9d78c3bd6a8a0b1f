/** What one connection keeps, both directions: version, who, aliases, kinds already named. */
import type { NotAssessable } from '../../operation.ts'
import type { AnyPayloadDissector, Memory } from '../dissector.ts'
import type { Topic } from './topics.ts'
import { Topics } from './topics.ts'

/** MQTT 5.0 section 3.3.2.3.4: brokers allow 10 to some hundred aliases of the possible 65,535. */
const ALIASES_MAX = 1024
/** Topics whose kinds one connection keeps, in each of two generations. */
const KINDS_MAX = 1024

const LATE: readonly NotAssessable[] = ['midstream']
const GAP: readonly NotAssessable[] = ['gap']
const LIMIT: readonly NotAssessable[] = ['limit']

export interface MqttServer {
  readonly topics: Topics
  readonly payloads: readonly AnyPayloadDissector[]
  /** What each payload dissector shares among the connections of this broker. */
  readonly carried: readonly unknown[]
  readonly memory: Memory
}

export function openServer(payloads: readonly AnyPayloadDissector[], memory: Memory): MqttServer {
  return {
    topics: new Topics(payloads),
    payloads,
    carried: payloads.map((payload) => payload.server(memory)),
    memory,
  }
}

/** Aliases of one direction; the spaces of the two are apart (MQTT 5.0 section 3.3.2.3.4). */
export class Aliases {
  readonly #topics: (Topic | undefined)[] = []
  /** What the receiver allows; unknown when its CONNECT or CONNACK was not seen. */
  max = -1

  /** False where the number is out of range. */
  allowed(alias: number): boolean {
    return alias > 0 && (this.max < 0 || alias <= this.max)
  }

  /** False where there is no room for it. */
  set(alias: number, topic: Topic): boolean {
    if (alias >= ALIASES_MAX) return false
    this.#topics[alias] = topic
    return true
  }

  get(alias: number): Topic | undefined {
    return this.#topics[alias]
  }

  clear(): void {
    this.#topics.length = 0
  }
}

export class MqttState {
  readonly server: MqttServer
  /** Protocol level, 0 while unknown. */
  version = 0
  /** The level comes from CONNECT, or from packets that no other level explains (`version.ts`). */
  versionKnown = false
  /** PUBLISH packets in a row that version 5 fits too, while nothing tells it from the others. */
  fits = 0
  /** PUBLISH packets that only version 5 explains. */
  shown = 0
  /** PUBLISH packets of the client whose topic is not known. */
  missed = 0
  clientId = ''
  user: string | undefined = undefined
  connected = false
  /** Why an alias may stand for a topic that we do not know, although nobody erred. */
  doubt: readonly NotAssessable[] | undefined = LATE
  /** The side that opened the connection is the broker, or was taken for the client wrongly. */
  turned = false
  readonly toBroker = new Aliases()
  readonly toClient = new Aliases()
  #kinds = new Map<string, (string | undefined)[]>()
  #before = new Map<string, (string | undefined)[]>()

  constructor(server: MqttServer) {
    this.server = server
  }

  /** Kinds already named for a topic, by the caller's variant number. */
  kinds(topic: string): (string | undefined)[] {
    const now = this.#kinds.get(topic)
    if (now !== undefined) return now
    const kept = this.#before.get(topic) ?? []
    if (this.#kinds.size >= KINDS_MAX) {
      this.#before = this.#kinds
      this.#kinds = new Map()
    }
    this.#kinds.set(topic, kept)
    return kept
  }

  /** Another client speaks from now on: what was named for the one before is void. */
  identify(clientId: string, user: string | undefined): void {
    this.clientId = clientId
    this.user = user
    this.#kinds.clear()
    this.#before.clear()
  }

  /** Bytes of one direction are missing. */
  gap(byClient: boolean): void {
    this.forget(byClient)
    this.doubt = GAP
    if (!byClient) return
    const { payloads, carried } = this.server
    payloads.forEach((payload, index) => payload.gap?.(carried[index]))
  }

  /** An alias was too many to be kept: what it will stand for is not known. */
  passOver(): void {
    this.server.memory.forgotten++
    this.doubt ??= LIMIT
  }

  forget(byClient: boolean): void {
    if (byClient) this.toBroker.clear()
    else this.toClient.clear()
  }
}
