/** What a control packet asks and what its acknowledgement says, in the words of fields.md. */
import type { Answer, Fields, FieldValue, NotAssessable } from '../../operation.ts'
import type { OperationClass, OperationDraft } from '../../operation.ts'
import type { MqttPacket } from './packet.ts'
import * as type from './packets.ts'
import type { PayloadType } from './payload.ts'
import { payloadTypes } from './payload.ts'
import type { MqttState } from './state.ts'

const SESSION: readonly OperationClass[] = ['session']
const SUBSCRIPTION: readonly OperationClass[] = ['subscribe']
const PUBLICATION: readonly OperationClass[] = ['publish']
const DELIVERY: readonly OperationClass[] = ['deliver']
const NOTHING: readonly OperationDraft[] = []
const UNRESOLVED: readonly string[] = []

export function operationsOf(packet: MqttPacket, state: MqttState): readonly OperationDraft[] {
  switch (packet.type) {
    case type.PUBLISH: {
      const draft = publication(packet, state)
      return packet.carried === undefined ? [draft] : packet.carried.operations(draft)
    }
    case type.CONNECT:
      return [connection(packet, state)]
    case type.SUBSCRIBE:
    case type.UNSUBSCRIBE:
      return [subscription(packet, state)]
    case type.DISCONNECT:
    case type.AUTH:
      return [session(packet, state)]
    default:
      return NOTHING
  }
}

/** The fields are put together when somebody stores or prints the operation, not per packet. */
class Draft implements OperationDraft {
  readonly action: string
  readonly classes: readonly OperationClass[]
  readonly targets: readonly string[]
  readonly kind: string
  declare readonly user?: string
  declare readonly notAssessable?: readonly NotAssessable[]
  protected readonly packet: MqttPacket
  readonly #clientId: string

  constructor(
    classes: readonly OperationClass[],
    targets: readonly string[],
    kind: string,
    packet: MqttPacket,
    state: MqttState,
  ) {
    this.action = type.packetNames[packet.type] ?? 'RESERVED'
    this.classes = classes
    this.targets = targets
    this.kind = kind
    this.packet = packet
    this.#clientId = state.clientId
    if (state.user !== undefined) this.user = state.user
    const doubts = doubtsOf(packet, state)
    if (doubts !== undefined) this.notAssessable = doubts
  }

  get fields(): Fields {
    return packetFields(this.packet, this.#clientId)
  }
}

const LATE: readonly NotAssessable[] = ['midstream']
const LATE_AND_GAP: readonly NotAssessable[] = ['gap', 'midstream']

/** Who the client is, and what an alias stands for, where it was said before we listened. */
function doubtsOf(packet: MqttPacket, state: MqttState): readonly NotAssessable[] | undefined {
  const { doubt, connected } = state
  const unresolved = packet.type === type.PUBLISH && packet.topic === undefined
  if (connected || packet.type === type.CONNECT) return unresolved ? doubt : undefined
  return unresolved && doubt?.[0] === 'gap' ? LATE_AND_GAP : LATE
}

class NumberDraft extends Draft {
  get numbers(): readonly number[] {
    return [this.packet.number]
  }

  get values(): readonly string[] {
    return [keptText(this.packet).trim()]
  }
}

/** A text that is said whole is a value; a longer one is only described. */
class TextDraft extends Draft {
  get values(): readonly string[] {
    return [keptText(this.packet)]
  }
}

function publication(packet: MqttPacket, state: MqttState): OperationDraft {
  const { topic, byClient, payloadType } = packet
  const text = topic?.text ?? ''
  const kinds = state.kinds(text)
  const variant =
    (packet.unsure ? 128 : 0) |
    (payloadTypes.indexOf(payloadType) << 4) |
    (packet.qos << 2) |
    (packet.retain ? 2 : 0) |
    (byClient ? 1 : 0)
  const kind = (kinds[variant] ??= publicationKind(packet, state, text))
  const classes = byClient ? PUBLICATION : DELIVERY
  const targets = topic === undefined ? UNRESOLVED : topic.targets
  if (!Number.isNaN(packet.number)) return new NumberDraft(classes, targets, kind, packet, state)
  return payloadType === 'text' && packet.payloadBytes === packet.kept?.length
    ? new TextDraft(classes, targets, kind, packet, state)
    : new Draft(classes, targets, kind, packet, state)
}

function publicationKind(packet: MqttPacket, state: MqttState, topic: string): string {
  const direction = packet.byClient ? 'PUBLISH' : 'DELIVER'
  const retain = packet.retain ? 'retain' : ''
  const payload = packet.unsure ? '' : packet.payloadType
  return [direction, who(state), packet.qos, retain, payload, topic].join('\n')
}

/** Client and user: what names the session as long as it lasts. */
function who(state: MqttState): string {
  const late = state.connected ? '' : 'late'
  return `${state.clientId}\n${state.user ?? ''}\n${state.version}${late}`
}

function connection(packet: MqttPacket, state: MqttState): OperationDraft {
  const { connect } = packet
  const will = connect?.will
  const kind = [
    'CONNECT',
    who(state),
    connect?.passwordPresent === true ? 'password' : '',
    connect?.cleanStart === true ? 'clean' : '',
    connect?.keepAlive ?? 0,
    will === undefined ? '' : `${will.topic}\n${will.qos}\n${will.retain}`,
  ].join('\n')
  return new Draft(SESSION, [], kind, packet, state)
}

function subscription(packet: MqttPacket, state: MqttState): OperationDraft {
  const filters = packet.filters ?? []
  const name = type.packetNames[packet.type] ?? ''
  const kind = [name, who(state), packet.codes?.join() ?? '', ...filters].join('\n')
  const targets = filters.map((filter) => `topic:${filter}`)
  return new Draft(SUBSCRIPTION, targets, kind, packet, state)
}

function session(packet: MqttPacket, state: MqttState): OperationDraft {
  const direction = packet.byClient ? '' : 'broker'
  const name = type.packetNames[packet.type] ?? ''
  const kind = [name, who(state), direction, packet.reasonCode].join('\n')
  return new Draft(SESSION, [], kind, packet, state)
}

function packetFields(packet: MqttPacket, clientId: string): Fields {
  const { connect, filters, codes } = packet
  const fields: Record<string, FieldValue> = {
    'mqtt.type': type.packetNames[packet.type] ?? 'RESERVED',
  }
  if (!packet.unsure) {
    fields['mqtt.version'] = type.versions[packet.version] ?? String(packet.version)
  }
  fields['mqtt.from_broker'] = !packet.byClient
  if (clientId !== '') fields['mqtt.client_id'] = clientId
  if (packet.packetIdentifier >= 0) fields['mqtt.packet_id'] = packet.packetIdentifier
  if (packet.reasonCode >= 0) reason(fields, [packet.reasonCode], packet)
  if (filters !== undefined) fields['mqtt.topic_filter'] = filters
  if (filters !== undefined && codes !== undefined && codes.length > 0) fields['mqtt.qos'] = codes
  if (packet.type === type.PUBLISH) published(fields, packet)
  if (connect === undefined) return fields
  fields['mqtt.keep_alive'] = connect.keepAlive
  fields['mqtt.clean_start'] = connect.cleanStart
  fields['mqtt.password_present'] = connect.passwordPresent
  if (connect.will !== undefined) fields['mqtt.will.topic'] = connect.will.topic
  return fields
}

function published(fields: Record<string, FieldValue>, packet: MqttPacket): void {
  if (packet.topic !== undefined) fields['mqtt.topic'] = packet.topic.text
  fields['mqtt.qos'] = packet.qos
  fields['mqtt.retain'] = packet.retain
  fields['mqtt.dup'] = packet.dup
  // Where the payload begins depends on the version.
  if (packet.unsure) return
  fields['mqtt.payload_bytes'] = packet.payloadBytes
  fields['mqtt.payload_type'] = packet.payloadType satisfies PayloadType
  if (packet.kept !== undefined) fields['mqtt.payload'] = keptText(packet)
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** What was kept of the payload; a character that the cut went through is left out. */
function keptText(packet: MqttPacket): string {
  const { kept } = packet
  if (kept === undefined) return ''
  const text = utf8.decode(kept)
  return packet.payloadBytes > kept.length ? text.replace(/\ufffd+$/, '') : text
}

function reason(
  fields: Record<string, FieldValue>,
  codes: readonly number[],
  packet: MqttPacket,
): void {
  const names = codes.map((code) => codeName(code, packet))
  fields['mqtt.reason_code'] = codes.length === 1 ? (codes[0] as number) : codes
  fields['mqtt.reason'] = names.length === 1 ? (names[0] as string) : names
}

function codeName(code: number, packet: MqttPacket): string {
  if (packet.type === type.CONNACK) return type.connackReason(code, packet.version)
  // MQTT 3.1.1 section 3.9.3: 0 to 2 grant a QoS, as they do in version 5 where 0 is 'Success'.
  if (packet.type === type.SUBACK && code === 0) return 'Granted QoS 0'
  if (packet.type === type.SUBACK && code === 0x80 && packet.version < 5) return 'Failure'
  return type.reasonName(code)
}

const DONE: Answer = { outcome: 'success' }

export function answerOf(request: MqttPacket, response: MqttPacket): Answer | undefined {
  const codes =
    response.type === type.SUBACK || response.type === type.UNSUBACK
      ? (response.codes ?? [])
      : response.reasonCode >= 0
        ? [response.reasonCode]
        : []
  // MQTT 5.0 section 4.3.2: QoS 1 is acknowledged by PUBACK, QoS 2 by PUBREC.
  if (response.type === type.PUBACK && request.qos !== 1) return undefined
  if (response.type === type.PUBREC && request.qos !== 2) return undefined
  // MQTT 5.0 section 3.9.3: one reason code for each filter.
  if (response.type === type.SUBACK && codes.length !== request.filters?.length) return undefined
  if (codes.length === 0) return DONE
  const fields: Record<string, FieldValue> = {}
  reason(fields, codes, response)
  if (response.assignedClientId !== '') fields['mqtt.client_id'] = response.assignedClientId
  const refused = codes.find((code) => isRefusal(code, response))
  if (refused === undefined) return { outcome: 'success', fields }
  return { outcome: 'failure', status: codeName(refused, response), fields }
}

/** From 0x80 on (MQTT 5.0 section 2.4); CONNACK before 5: all but 0. */
function isRefusal(code: number, response: MqttPacket): boolean {
  return response.type === type.CONNACK && response.version < 5 ? code !== 0 : code >= 0x80
}
