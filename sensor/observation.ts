/**
 * Turns what the sensor says into the record of fields.md: flat, dotted names, one place. The hot
 * path never comes here; a record is made when somebody stores it, prints it or asks a rule of it.
 */
import { hash } from 'node:crypto'
import type {
  Anomaly,
  Conversation,
  Endpoint,
  Flow,
  Identity,
  Labels,
  Operation,
  SensorEvent,
} from './operation.ts'
import type { Fields, FieldValue } from './operation.ts'

export type Observation = Record<string, FieldValue>

/** ISO 8601 in UTC with microseconds; `time` in µs. */
export function isoTime(time: number): string {
  const milliseconds = Math.floor(time / 1000)
  const rest = Math.round(time - milliseconds * 1000)
  // Beyond the range of a Date the capture's clock is nonsense: the nearest end is said.
  const bounded = Math.max(-8.64e15, Math.min(8.64e15, milliseconds))
  const text = new Date(bounded).toISOString()
  return `${text.slice(0, -1)}${String(rest).padStart(3, '0')}Z`
}

/** Deterministic id of one observation: the same capture gives the same on any machine. */
export function eventId(sensor: string, time: number, flow: string, sequence: number): string {
  return hash('sha256', `${sensor}\n${time}\n${flow}\n${sequence}`, 'hex').slice(0, 32)
}

function ends(record: Observation, source: Endpoint, destination: Endpoint, flow: Flow): void {
  if (source.ip !== '') record['source.ip'] = source.ip
  if (source.port !== 0) record['source.port'] = source.port
  if (source.mac !== '') record['source.mac'] = source.mac
  if (destination.ip !== '') record['destination.ip'] = destination.ip
  if (destination.port !== 0) record['destination.port'] = destination.port
  if (destination.mac !== '') record['destination.mac'] = destination.mac
  if (flow.transport !== 'arp') record['network.transport'] = flow.transport
  // ARP has none.
  if (flow.id !== '') {
    record['network.community_id'] = flow.id
    record['ot.flow.id'] = flow.id
  }
  record['ot.flow.initiator'] = source === flow.client ? 'source' : 'destination'
  record['ot.flow.initiator_reason'] = flow.initiatorReason
  // The innermost tag of the frame that the hosts are in; tags around a tunnel are its own.
  const { labels, vlans } = flow
  if (vlans.length > 0) record['network.vlan.id'] = String(vlans[vlans.length - 1])
  const all = labels?.vlans ?? vlans
  if (all.length > 1 || all.length > vlans.length) record['ot.vlans'] = all
  if (labels !== undefined) putLabels(record, labels)
}

function putLabels(record: Observation, labels: Labels): void {
  const { mirror, encapsulations, encapsulationIds } = labels
  if (encapsulations.length > 0) record['ot.encapsulation.type'] = encapsulations
  if (encapsulationIds.length > 0) record['ot.encapsulation.id'] = encapsulationIds
  if (labels.interface !== undefined) record['observer.ingress.interface.name'] = labels.interface
  if (mirror === undefined) return
  record['ot.mirror.type'] = mirror.type
  if (mirror.session >= 0) record['ot.mirror.session'] = mirror.session
  record['ot.mirror.source'] = mirror.source
}

function begin(sensor: string, time: number, flow: Flow | undefined, sequence: number) {
  const record: Observation = {
    '@timestamp': isoTime(time),
    'event.id': eventId(sensor, time, flow?.id ?? '', sequence),
    'event.sequence': sequence,
    'event.kind': 'event',
    'event.category': ['network'],
    'agent.id': sensor,
  }
  return record
}

export function operationProtocol(operation: Operation): string {
  return operation.draft.protocol ?? operation.protocol
}

/** The part of an operation's record that its request decides, with its time and id. */
export function requestRecord(sensor: string, operation: Operation): Observation {
  const { time, flow, sequence } = operation
  return Object.assign(begin(sensor, time, flow, sequence), requestFields(operation))
}

/** What rules see of a request: no time and no id, which differ where the kind does not. */
export function requestFields(
  operation: Operation,
  notAssessable = operation.notAssessable,
): Observation {
  const { draft, flow } = operation
  const protocol = operationProtocol(operation)
  const record: Observation = { 'event.dataset': `ot.${protocol}` }
  record['event.type'] = ['protocol']
  record['event.action'] = draft.action
  record['event.outcome'] = 'unknown'
  record['network.protocol'] = protocol
  ends(record, operation.client, operation.server, flow)
  if (draft.user !== undefined) record['user.name'] = draft.user
  record['ot.operation.class'] = draft.classes
  if (draft.targets.length > 0) record['ot.operation.target'] = draft.targets
  putValues(record, draft.values, draft.numbers)
  record['ot.operation.count'] = 1
  const doubts = draft.notAssessable ?? []
  const all = doubts.concat(notAssessable.filter((reason) => !doubts.includes(reason)))
  if (all.length > 0) record['ot.not_assessable'] = all
  record['ot.evidence'] = operation.packets
  Object.assign(record, draft.fields)
  return record
}

/** The whole record, once the answer, its timeout or the end of the capture is known. */
export function operationRecord(sensor: string, operation: Operation): Observation {
  const { answer, time, flow, sequence } = operation
  const record = Object.assign(begin(sensor, time, flow, sequence), requestFields(operation))
  if (answer !== undefined) putAnswer(record, operation)
  return record
}

/** What the answer adds. */
export function putAnswer(record: Observation, operation: Operation): void {
  const { answer } = operation
  if (answer === undefined) return
  record['event.outcome'] = answer.outcome
  if (answer.status !== undefined) record['ot.operation.status'] = answer.status
  // A mirror may show an answer before its request, and clocks are set back: then none is known.
  if (operation.answered > 0 && operation.answered >= operation.time) {
    record['event.duration'] = Math.round((operation.answered - operation.time) * 1000)
  }
  if (operation.draft.values === undefined && operation.draft.numbers === undefined) {
    putValues(record, answer.values, answer.numbers)
  }
  record['ot.evidence'] = operation.packets
  if (answer.fields !== undefined) Object.assign(record, answer.fields)
}

function putValues(
  record: Observation,
  values: readonly string[] | undefined,
  numbers: readonly number[] | undefined,
): void {
  if (values !== undefined) record['ot.operation.value'] = values
  else if (numbers !== undefined) record['ot.operation.value'] = numbers.map(String)
  if (numbers !== undefined) record['ot.operation.value_number'] = numbers
}

export function identityRecord(sensor: string, identity: Identity): Observation {
  const record = begin(sensor, identity.time, undefined, identity.sequence)
  const { endpoint } = identity
  record['event.dataset'] = 'ot.identity'
  record['event.type'] = ['info']
  if (endpoint.ip !== '') record['source.ip'] = endpoint.ip
  if (endpoint.mac !== '') record['source.mac'] = endpoint.mac
  if (identity.unit !== undefined) record['modbus.unit_id'] = identity.unit
  record['ot.identity.attribute'] = identity.attribute
  record['ot.identity.value'] = identity.value
  record['ot.identity.protocol'] = identity.protocol
  record['ot.identity.confidence'] = identity.confidence
  record['ot.evidence'] = [identity.packet]
  return record
}

export function conversationRecord(sensor: string, conversation: Conversation): Observation {
  const { flow } = conversation
  const record = begin(sensor, conversation.start, flow, conversation.sequence)
  record['event.dataset'] = 'ot.conversation'
  record['event.type'] = conversation.phase === 'end' ? ['connection', 'end'] : ['connection']
  ends(record, flow.client, flow.server, flow)
  if (conversation.protocol !== '') record['network.protocol'] = conversation.protocol
  record['event.start'] = isoTime(conversation.start)
  record['event.end'] = isoTime(conversation.end)
  record['source.packets'] = conversation.clientPackets
  record['source.bytes'] = conversation.clientBytes
  record['destination.packets'] = conversation.serverPackets
  record['destination.bytes'] = conversation.serverBytes
  record['ot.flow.state'] = conversation.state
  if (conversation.undecided === true) record['ot.not_assessable'] = ['midstream']
  const classes = Object.keys(conversation.operations)
  if (classes.length > 0) record['ot.operation.class'] = classes
  record['ot.evidence'] = [conversation.packet]
  return record
}

export function anomalyRecord(sensor: string, anomaly: Anomaly): Observation {
  const { flow } = anomaly
  const record = begin(sensor, anomaly.time, flow, anomaly.sequence)
  record['event.dataset'] = 'ot.anomaly'
  record['event.type'] = ['protocol', 'info']
  ends(record, flow.client, flow.server, flow)
  record['network.protocol'] = anomaly.protocol
  record['ot.anomaly.code'] = anomaly.code
  record['ot.anomaly.layer'] = anomaly.layer
  record['ot.anomaly.offset'] = anomaly.offset
  record['ot.anomaly.protocol'] = anomaly.protocol
  const { notAssessable = [] } = anomaly
  if (notAssessable.length > 0) record['ot.not_assessable'] = notAssessable
  record['ot.evidence'] = [anomaly.packet]
  return record
}

export function sensorRecord(sensor: string, event: SensorEvent): Observation {
  const record = begin(sensor, event.time, undefined, event.sequence)
  record['event.dataset'] = 'ot.sensor'
  record['event.type'] = ['info']
  record['ot.sensor.event'] = event.event
  for (const [name, value] of Object.entries(event.fields satisfies Fields)) {
    record[`ot.sensor.${name}`] = value
  }
  return record
}
