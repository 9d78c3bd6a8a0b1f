/**
 * The one table of field names: what a rule may ask, an index maps, the console shows. Fields
 * outside `modbus.*`, `opcua.*`, `mqtt.*`, `sparkplug.*`, `ot.*` are ECS 9.5 with its types.
 */

export type FieldType = 'keyword' | 'long' | 'double' | 'boolean' | 'date' | 'ip'

/**
 * When a field is known, and how often it changes: `request`, with the request and equal for all
 * operations of one kind; `value`, anew with each repeat; `answer`, only once the answer is seen.
 */
export type Phase = 'request' | 'value' | 'answer'

export interface Field {
  readonly type: FieldType
  readonly phase: Phase
  readonly description: string
}

type Row = readonly [FieldType, Phase, string]

/** ECS, and who, when and what came of it. */
const ecsRows: Readonly<Record<string, Row>> = {
  '@timestamp': ['date', 'value', 'Capture time of the first byte of the request'],
  'event.id': ['keyword', 'value', 'Deterministic id of the observation'],
  'event.sequence': ['long', 'value', 'Order of the observations of one sensor'],
  'event.ingested': ['date', 'value', 'When the store received it'],
  'event.dataset': ['keyword', 'request', 'What kind of observation: ot.modbus, ot.anomaly, …'],
  'event.kind': ['keyword', 'request', 'event, or alert for a finding'],
  'event.category': ['keyword', 'request', 'As ECS allows'],
  'event.type': ['keyword', 'request', 'As ECS allows'],
  'event.action': ['keyword', 'request', "The standard's name of what was asked"],
  'event.outcome': ['keyword', 'answer', 'success, failure, unknown (no answer seen)'],
  'event.duration': ['long', 'answer', 'Nanoseconds from request to response'],
  'event.start': ['date', 'value', 'First packet of a conversation or summary'],
  'event.end': ['date', 'value', 'Last packet of a conversation or summary'],
  'event.severity': ['long', 'request', 'Of a finding: 1, 21, 47, 73, 99'],
  'source.ip': ['ip', 'request', 'Client: who asked'],
  'source.port': ['long', 'value', 'Port of the client'],
  'source.mac': ['keyword', 'request', 'MAC of the client, 00-80-F4-10-20-01'],
  'source.bytes': ['long', 'value', 'Bytes that the client sent'],
  'source.packets': ['long', 'value', 'Packets that the client sent'],
  'destination.ip': ['ip', 'request', 'Server: who was asked'],
  'destination.port': ['long', 'request', 'Port of the server'],
  'destination.mac': ['keyword', 'request', 'MAC of the server'],
  'destination.bytes': ['long', 'value', 'Bytes that the server sent'],
  'destination.packets': ['long', 'value', 'Packets that the server sent'],
  'network.transport': ['keyword', 'request', 'tcp, udp'],
  'network.protocol': ['keyword', 'request', 'modbus, opcua, mqtt, sparkplug, …'],
  'network.community_id': ['keyword', 'value', 'Community ID of the flow'],
  'network.vlan.id': ['keyword', 'request', 'Innermost VLAN'],
  'user.name': ['keyword', 'request', 'User of an OPC UA session or MQTT connection'],
  'agent.id': ['keyword', 'request', 'Sensor'],
  'observer.name': ['keyword', 'request', 'Sensor'],
  'observer.ingress.interface.name': ['keyword', 'request', 'Mirror port'],
  'rule.id': ['keyword', 'request', 'Of a finding: its rule'],
  'rule.name': ['keyword', 'request', 'Of a finding: title of its rule'],
  'rule.version': ['keyword', 'request', 'Of a finding: version of its rule'],
  tags: ['keyword', 'request', 'Of a finding: tags of its rule'],
  'threat.technique.id': ['keyword', 'request', 'Of a finding: ATT&CK for ICS techniques'],
  'tls.version': ['keyword', 'request', 'TLS version'],
  'tls.version_protocol': ['keyword', 'request', 'tls'],
  'tls.cipher': ['keyword', 'request', 'TLS cipher suite'],
  'tls.established': ['boolean', 'request', 'Handshake completed'],
  'tls.resumed': ['boolean', 'request', 'Session resumed'],
  'tls.next_protocol': ['keyword', 'request', 'ALPN'],
  'tls.client.server_name': ['keyword', 'request', 'Server name indication'],
  'tls.client.ja3': ['keyword', 'request', 'Fingerprint of the client'],
  'tls.client.subject': ['keyword', 'request', 'Subject of the client certificate'],
  'tls.client.issuer': ['keyword', 'request', 'Issuer of the client certificate'],
  'tls.client.not_after': ['date', 'request', 'End of the client certificate'],
  'tls.client.hash.sha256': ['keyword', 'request', 'Fingerprint of the client certificate'],
  'tls.server.subject': ['keyword', 'request', 'Subject of the server certificate'],
  'tls.server.issuer': ['keyword', 'request', 'Issuer of the server certificate'],
  'tls.server.not_after': ['date', 'request', 'End of the server certificate'],
  'tls.server.hash.sha256': ['keyword', 'request', 'Fingerprint of the server certificate'],
}

/** Operations and the other observations. */
const observationRows: Readonly<Record<string, Row>> = {
  'ot.flow.id': ['keyword', 'value', 'Flow'],
  'ot.flow.initiator': ['keyword', 'request', 'Who opened the connection: source, destination'],
  'ot.flow.initiator_reason': ['keyword', 'request', 'How that is known: syn, port, shape'],
  'ot.flow.state': ['keyword', 'request', 'attempted, refused, established, closed, reset'],
  'ot.vlans': ['long', 'request', 'All VLANs, outermost first'],
  'ot.encapsulation.type': ['keyword', 'request', 'Tunnels around it: vxlan, mpls, gre, …'],
  'ot.encapsulation.id': ['keyword', 'request', 'Their identifiers: vxlan:5000, mpls:16, …'],
  'ot.mirror.type': ['keyword', 'request', 'Mirror that sent the copy: erspan-2'],
  'ot.mirror.session': ['long', 'request', 'Session of the mirror'],
  'ot.mirror.source': ['ip', 'request', 'Address of the mirror'],
  'ot.not_assessable': ['keyword', 'request', 'encrypted, gap, midstream, limit, …'],
  'ot.evidence': ['long', 'value', 'Packet numbers'],
  'ot.operation.class': ['keyword', 'request', 'Classes, strongest first: program, control, …'],
  'ot.operation.target': ['keyword', 'request', 'What it acts on: holding:40-43, node:…, topic:…'],
  'ot.operation.value': ['keyword', 'value', 'Values written or read, as source text'],
  'ot.operation.value_number': ['double', 'value', 'Values that are numbers'],
  'ot.operation.value_min': ['double', 'value', 'Of a summary: least value'],
  'ot.operation.value_max': ['double', 'value', 'Of a summary: greatest value'],
  'ot.operation.value_changes': ['long', 'value', 'Of a summary: number of changes'],
  'ot.operation.status': ['keyword', 'answer', "The protocol's own word for what came of it"],
  'ot.operation.count': ['long', 'value', 'Repeats that the record stands for'],
  'ot.identity.attribute': ['keyword', 'request', 'vendor, model, firmware, serial, …'],
  'ot.identity.value': ['keyword', 'request', 'Value of the attribute'],
  'ot.identity.protocol': ['keyword', 'request', 'Protocol that said so'],
  'ot.identity.confidence': ['keyword', 'request', 'A, B, C'],
  'ot.anomaly.code': ['keyword', 'request', 'Closed list of what is odd on the wire'],
  'ot.anomaly.layer': ['keyword', 'request', 'Layer of the anomaly'],
  'ot.anomaly.offset': ['long', 'value', "Bytes from the start of the layer's data"],
  'ot.anomaly.protocol': ['keyword', 'request', 'Protocol of the anomaly'],
  'ot.sensor.event': ['keyword', 'request', 'gap, loss, silence, interface, limit, clock, …'],
}

const modbusRows: Readonly<Record<string, Row>> = {
  'modbus.unit_id': ['long', 'request', 'Unit identifier'],
  'modbus.transaction_id': ['long', 'value', 'Transaction identifier'],
  'modbus.function_code': ['long', 'request', 'Function code'],
  'modbus.function': ['keyword', 'request', 'Name of the function'],
  'modbus.subfunction_code': ['long', 'request', 'Subfunction or MEI type'],
  'modbus.subfunction': ['keyword', 'request', 'Name of the subfunction'],
  'modbus.table': ['keyword', 'request', 'coil, discrete, input, holding, file, fifo'],
  'modbus.address': ['long', 'request', 'Starting address, from 0'],
  'modbus.quantity': ['long', 'request', 'Quantity'],
  'modbus.values': ['long', 'value', 'Values written or read'],
  'modbus.write_address': ['long', 'request', 'Starting address of the write of function 23'],
  'modbus.write_quantity': ['long', 'request', 'Quantity of the write of function 23'],
  'modbus.write_values': ['long', 'value', 'Values of the write of function 23'],
  'modbus.and_mask': ['long', 'value', 'AND mask of function 22'],
  'modbus.or_mask': ['long', 'value', 'OR mask of function 22'],
  'modbus.exception_code': ['long', 'answer', 'Exception code'],
  'modbus.exception': ['keyword', 'answer', 'Name of the exception'],
  'modbus.device_id.vendor_name': ['keyword', 'answer', 'Device identification object 0'],
  'modbus.device_id.product_code': ['keyword', 'answer', 'Device identification object 1'],
  'modbus.device_id.major_minor_revision': ['keyword', 'answer', 'Device identification object 2'],
  'modbus.device_id.vendor_url': ['keyword', 'answer', 'Device identification object 3'],
  'modbus.device_id.product_name': ['keyword', 'answer', 'Device identification object 4'],
  'modbus.device_id.model_name': ['keyword', 'answer', 'Device identification object 5'],
  'modbus.device_id.user_application_name': ['keyword', 'answer', 'Device identification object 6'],
  'modbus.matched': ['keyword', 'answer', 'Which sides were seen: both, request, response'],
  'modbus.framing': ['keyword', 'request', 'tcp, udp, rtu, ascii'],
  'modbus.umas.function_code': ['long', 'request', 'UMAS function code'],
  'modbus.umas.function': ['keyword', 'request', 'UMAS function'],
}

const opcuaRows: Readonly<Record<string, Row>> = {
  'opcua.service': ['keyword', 'request', 'Service'],
  'opcua.service_id': ['long', 'request', 'Encoding id of the request'],
  'opcua.security_mode': ['keyword', 'request', 'None, Sign, SignAndEncrypt'],
  'opcua.security_policy': ['keyword', 'request', 'None, Basic256Sha256, …'],
  'opcua.secure_channel_id': ['long', 'value', 'SecureChannelId'],
  'opcua.endpoint_url': ['keyword', 'request', 'Endpoint'],
  'opcua.session.name': ['keyword', 'request', 'Name that the client gave its session'],
  'opcua.session.identity': ['keyword', 'request', 'anonymous, username, certificate, issued'],
  'opcua.application_uri': ['keyword', 'request', 'ApplicationUri of the client'],
  'opcua.node_id': ['keyword', 'request', 'Node'],
  'opcua.node_name': ['keyword', 'request', 'Name of the node, where it was seen'],
  'opcua.attribute': ['keyword', 'request', 'Attribute of the node'],
  'opcua.method_id': ['keyword', 'request', 'Method called'],
  'opcua.value_type': ['keyword', 'request', 'Built-in type of the value'],
  'opcua.status_code': ['long', 'answer', 'StatusCode'],
  'opcua.status': ['keyword', 'answer', 'Name of the StatusCode'],
  'opcua.item': ['long', 'request', 'Which item of the request'],
  'opcua.items': ['long', 'request', 'Number of items of the request'],
  'opcua.certificate.sha256': ['keyword', 'request', 'Fingerprint of the client certificate'],
  'opcua.certificate.subject': ['keyword', 'request', 'Subject of the client certificate'],
  'opcua.certificate.issuer': ['keyword', 'request', 'Issuer of the client certificate'],
  'opcua.certificate.not_after': ['date', 'request', 'End of the client certificate'],
  'opcua.certificate.self_signed': ['boolean', 'request', 'Subject and issuer are the same'],
}

const mqttRows: Readonly<Record<string, Row>> = {
  'mqtt.type': ['keyword', 'request', 'Control Packet'],
  'mqtt.version': ['keyword', 'request', '3.1, 3.1.1, 5.0'],
  'mqtt.client_id': ['keyword', 'request', 'Client Identifier'],
  'mqtt.topic': ['keyword', 'request', 'Topic Name'],
  'mqtt.topic_filter': ['keyword', 'request', 'Topic Filter'],
  'mqtt.qos': ['long', 'request', 'QoS'],
  'mqtt.retain': ['boolean', 'request', 'Retained'],
  'mqtt.dup': ['boolean', 'value', 'Sent again'],
  'mqtt.packet_id': ['long', 'value', 'Packet Identifier'],
  'mqtt.reason_code': ['long', 'answer', 'Reason Code or return code'],
  'mqtt.reason': ['keyword', 'answer', 'Name of the Reason Code'],
  'mqtt.keep_alive': ['long', 'request', 'Keep Alive, seconds'],
  'mqtt.clean_start': ['boolean', 'request', 'Clean Start or Clean Session'],
  'mqtt.will.topic': ['keyword', 'request', 'Will Topic'],
  'mqtt.password_present': ['boolean', 'request', 'A password was sent'],
  'mqtt.payload_bytes': ['long', 'value', 'Length of the payload'],
  'mqtt.payload_type': ['keyword', 'request', 'json, text, protobuf, binary, empty'],
  'mqtt.payload': ['keyword', 'value', 'Begin of the payload'],
  'mqtt.websocket': ['boolean', 'request', 'Carried by WebSocket'],
  'mqtt.from_broker': ['boolean', 'request', 'Handed on by the broker'],
  'sparkplug.group_id': ['keyword', 'request', 'Group'],
  'sparkplug.message_type': ['keyword', 'request', 'NBIRTH, DCMD, …'],
  'sparkplug.edge_node_id': ['keyword', 'request', 'Edge Node'],
  'sparkplug.device_id': ['keyword', 'request', 'Device'],
  'sparkplug.seq': ['long', 'value', 'seq'],
  'sparkplug.bd_seq': ['long', 'value', 'bdSeq'],
  'sparkplug.metric': ['keyword', 'request', 'Metric name'],
  'sparkplug.alias': ['long', 'request', 'Metric alias'],
  'sparkplug.datatype': ['keyword', 'request', 'Data type of the metric'],
}

/** What inventory, baseline and zones add. */
const factRows: Readonly<Record<string, Row>> = {
  'ot.source.asset.id': ['keyword', 'request', 'Asset of the client'],
  'ot.source.asset.name': ['keyword', 'request', 'Its name'],
  'ot.source.asset.role': ['keyword', 'request', 'Its roles'],
  'ot.source.asset.vendor': ['keyword', 'request', 'Its vendor'],
  'ot.destination.asset.id': ['keyword', 'request', 'Asset of the server'],
  'ot.destination.asset.name': ['keyword', 'request', 'Its name'],
  'ot.destination.asset.role': ['keyword', 'request', 'Its roles'],
  'ot.destination.asset.vendor': ['keyword', 'request', 'Its vendor'],
  'ot.asset.event': ['keyword', 'request', 'new, moved, address-conflict, identity-changed, …'],
  'ot.asset.detail': ['keyword', 'request', 'What changed, in words'],
  'ot.source.scope': ['keyword', 'request', 'private, public, link-local, multicast'],
  'ot.destination.scope': ['keyword', 'request', 'private, public, link-local, multicast'],
  'ot.destination.is_gateway': ['boolean', 'request', 'Serial units were seen behind it'],
  'ot.role.unusual': ['boolean', 'request', 'Against the learned role'],
  'ot.session.discovery_only': ['boolean', 'answer', 'Opened in mode None for GetEndpoints only'],
  'ot.baseline.phase': ['keyword', 'request', 'learning, watching'],
  'ot.baseline.first_seen': ['keyword', 'request', 'What of this is new: talker, target, …'],
  'ot.baseline.value': ['keyword', 'value', 'in-range, out-of-range, step, no-envelope'],
  'ot.baseline.value_low': ['double', 'value', 'Learned least value'],
  'ot.baseline.value_high': ['double', 'value', 'Learned greatest value'],
  'ot.baseline.value_step': ['double', 'value', 'Learned greatest step'],
  'ot.baseline.value_excess': ['double', 'value', 'How far outside, in learned spans'],
  'ot.baseline.shape': ['keyword', 'value', 'constant, set, range, counter, toggle, noise'],
  'ot.baseline.samples': ['long', 'value', 'Values that the entry was learned from'],
  'ot.baseline.span': ['long', 'value', 'Nanoseconds that the entry was learned over'],
  'ot.baseline.payload': ['keyword', 'value', 'type-changed, size-above'],
  'ot.baseline.rate': ['keyword', 'value', 'normal, above'],
  'ot.baseline.rate_of': ['keyword', 'value', 'pair-class, target, failures, sessions, anomalies'],
  'ot.baseline.rate_now': ['double', 'value', 'Rate now'],
  'ot.baseline.rate_usual': ['double', 'value', 'Usual rate'],
  'ot.baseline.cadence': ['keyword', 'request', 'late, stopped, resumed'],
  'ot.baseline.period': ['long', 'value', 'Learned period, nanoseconds'],
  'ot.baseline.other_writer': ['keyword', 'request', 'Asset that is known to write this target'],
  'ot.baseline.precedent': ['keyword', 'request', 'What was usual instead, in words'],
  'ot.source.zone.id': ['keyword', 'request', 'Zone of the client'],
  'ot.source.zone.kind': ['keyword', 'request', 'Kind of that zone'],
  'ot.destination.zone.id': ['keyword', 'request', 'Zone of the server'],
  'ot.destination.zone.kind': ['keyword', 'request', 'Kind of that zone'],
  'ot.zone.crossing': ['boolean', 'request', 'Between two zones'],
  'ot.zone.verdict': ['keyword', 'request', 'allowed, violation, accepted, permitted, …'],
  'ot.zone.code': ['keyword', 'request', 'Violation code, V-NOCONDUIT to V-SLGAP'],
  'ot.zone.reason': ['keyword', 'request', 'Why, in words'],
  'ot.zone.conduit': ['keyword', 'request', 'Conduit that decided'],
  'ot.zone.line': ['keyword', 'request', 'file:line of the policy'],
  'ot.zone.exception': ['keyword', 'request', 'Exception that accepted it'],
  'ot.zone.window': ['keyword', 'request', 'Window that permitted it'],
  'ot.finding.severity': ['keyword', 'request', 'informational to critical'],
  'ot.finding.severity_reasons': ['keyword', 'request', "Why it is not the rule's level"],
  'ot.finding.summary': ['keyword', 'request', 'The sentence'],
  'ot.finding.explanation': ['keyword', 'request', 'Fields matched, precedent, policy line'],
  'ot.finding.count': ['long', 'value', 'Repeats that the finding folds'],
  'ot.finding.first': ['date', 'value', 'First match'],
  'ot.finding.last': ['date', 'value', 'Last match'],
  'ot.finding.episode': ['long', 'request', 'Number of the episode'],
  'ot.finding.state': ['keyword', 'request', 'open, acknowledged, escalated, closed'],
  'ot.finding.reason': ['keyword', 'request', 'Why it was closed'],
  'ot.finding.assignee': ['keyword', 'request', 'Who works on it'],
  'ot.finding.evidence': ['keyword', 'value', 'Operations, packets, hash of the capture'],
}

/**
 * In a cluster alone: what documents are found, ordered and read back by. No rule may ask for them,
 * as no observation has them when it is judged.
 */
export type StoredType =
  | FieldType
  /** Lower-case text in which parts of words are looked for. */
  | 'search'
  /** Kept, neither searched nor sorted by: of any length. */
  | 'body'
  /** The same in all documents of one index. */
  | 'constant'

export interface StoredField {
  readonly type: StoredType
  readonly description: string
}

const storedRows: Readonly<Record<string, readonly [StoredType, string]>> = {
  'data_stream.type': ['constant', 'Of an observation: logs'],
  'data_stream.dataset': ['constant', 'Of an observation: its event.dataset'],
  'data_stream.namespace': ['constant', 'Of an observation: the namespace of the configuration'],
  'ecs.version': ['keyword', 'Version of ECS that the document follows'],
  'host.ip': ['ip', 'Of an asset: its addresses'],
  'host.mac': ['keyword', 'Of an asset: its MAC addresses, 00-80-F4-10-20-01'],
  'host.name': ['keyword', 'Of an asset: its name'],
  'device.manufacturer': ['keyword', 'Of an asset: its vendor'],
  'device.model.name': ['keyword', 'Of an asset: its model'],
  'device.serial_number': ['keyword', 'Of an asset: its serial number'],
  'network.bytes': ['long', 'Of a conversation: bytes of both sides'],
  'network.packets': ['long', 'Of a conversation: packets of both sides'],
  'ot.site': ['keyword', 'The plant: addresses of two sites never mean the same asset'],
  'ot.time': ['keyword', 'The time that lists order by, as text: microseconds, any year'],
  'ot.address': ['keyword', 'Every address that it is about, IP or MAC as 00:80:f4:10:20:01'],
  'ot.source.address': ['keyword', 'IP of the client, its MAC where it has none'],
  'ot.destination.address': ['keyword', 'IP of the server, its MAC where it has none'],
  'ot.received': ['long', 'Order in which documents were received: larger for each'],
  'ot.search': ['search', 'Values in lower case, in which a search looks for words'],
  'ot.body': ['body', 'What is read back, as JSON'],
  'ot.acted': ['date', 'When people did something to it last'],
  'ot.finding.source': ['keyword', 'Name of the client, its address where it has none'],
  'ot.finding.target': ['keyword', 'Name of the server, its address where it has none'],
  'ot.finding.posture': ['boolean', 'True of the plant as built, no alarm'],
  'ot.asset.id': ['keyword', 'Asset'],
  'ot.asset.sort': ['keyword', 'Orders assets as people read addresses'],
  'ot.asset.sensors': ['keyword', 'Sensors that see it'],
  'ot.asset.name': ['keyword', 'Its name: typed in, of the policy, or observed'],
  'ot.asset.name_source': ['keyword', 'typed, policy, observed'],
  'ot.asset.vendor': ['keyword', 'Its vendor'],
  'ot.asset.typed': ['search', 'Name that a person typed in'],
  'ot.asset.role': ['keyword', 'Its roles'],
  'ot.asset.protocol': ['keyword', 'Protocols that it speaks'],
  'ot.asset.zone': ['keyword', 'Its zone'],
  'ot.asset.first': ['date', 'Seen first'],
  'ot.asset.last': ['date', 'Seen last'],
  'ot.audit.action': ['keyword', 'acknowledge, close, …, rename, policy, baseline'],
  'ot.audit.subject': ['keyword', 'Finding, asset or file that it was done to'],
  'ot.audit.note': ['keyword', 'What was noted'],
  'ot.audit.sha256': ['keyword', 'Of the text of a version'],
  'ot.audit.text': ['body', 'The text of a version'],
  'ot.sensor.part': ['keyword', 'What it says: health, matrix, rules, baseline'],
}

export const storedFields: ReadonlyMap<string, StoredField> = new Map(
  Object.entries(storedRows).map(([name, [type, description]]) => [name, { type, description }]),
)

export const fields: ReadonlyMap<string, Field> = new Map(
  [ecsRows, observationRows, modbusRows, opcuaRows, mqttRows, factRows].flatMap((rows) =>
    Object.entries(rows).map(([name, [type, phase, description]]): [string, Field] => [
      name,
      { type, phase, description },
    ]),
  ),
)

const sensorNumber: Field = {
  type: 'keyword',
  phase: 'request',
  description: 'A number or name that goes with the sensor event',
}

/** The numbers of a sensor event are named by what reports it, as `ot.sensor.<name>`. */
export function fieldOf(name: string): Field | undefined {
  return fields.get(name) ?? (name.startsWith('ot.sensor.') ? sensorNumber : undefined)
}
