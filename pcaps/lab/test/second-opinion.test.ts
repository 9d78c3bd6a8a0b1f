/**
 * Fieldtap's dissectors against others that share no code with them: tshark for Modbus,
 * mqtt-packet for MQTT, node-opcua for OPC UA. All read the recording that is learned from, as it
 * has whole conversations. The sensor is run as a user runs it, through its launcher.
 */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { parser, type Packet } from 'mqtt-packet'
import { BinaryStream, CallRequest, WriteRequest } from 'node-opcua'
import { makePlant } from '../plan/plant.ts'
import type { Labels } from '../proof/labels.ts'
import { fields } from '../proof/tshark.ts'
import { tcpPayloads } from './tcp-payloads.ts'

const folder = resolve(process.env['LAB_RECORDING'] ?? join(import.meta.dirname, '../../plant'))
const capture = join(folder, 'learn.pcapng')
const labels = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as Labels
const { hosts, mqtt, opcua } = makePlant(labels.seed)

/** A flat record with the names of fields.md. */
type Operation = Readonly<Record<string, unknown>>
let operations: readonly Operation[] = []
const work = mkdtempSync(join(tmpdir(), 'fieldtap-second-opinion-'))

before(() => {
  const launcher = join(import.meta.dirname, '../../../bin/fieldtap.js')
  const output = join(work, 'operations.ndjson')
  const args = [launcher, 'analyze', capture, '--operations', output]
  const done = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  // 0 is "no finding" and 1 is "findings"; both are an analysis.
  assert.ok(done.status === 0 || done.status === 1, `npm ci in the root? ${done.stderr}`)
  operations = readFileSync(output, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Operation)
})
after(() => {
  rmSync(work, { recursive: true, force: true })
})

function tally(keys: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries([...counts.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

test('Modbus: tshark sees the same requests', () => {
  const rows = fields(capture, 'modbus && tcp.dstport == 502 && !tcp.analysis.retransmission', [
    'ip.src',
    'ip.dst',
    'mbtcp.unit_id',
    'modbus.func_code',
    'modbus.reference_num',
  ])
  const theirs = tally(rows.map((row) => row.join(' ')))
  const ours = operations.filter((each) => each['event.dataset'] === 'ot.modbus')
  const names = ['source.ip', 'destination.ip', 'modbus.unit_id', 'modbus.function_code']
  const key = (each: Operation): string =>
    [...names.map((name) => each[name]), each['modbus.address'] ?? ''].join(' ')
  assert.ok(rows.length > 1000)
  assert.deepEqual(tally(ours.map(key)), theirs)
})

test('Modbus: tshark sees the same exceptions', () => {
  const rows = fields(capture, 'modbus.exception_code', ['ip.dst', 'modbus.exception_code'])
  const ours = operations.filter((each) => each['modbus.exception_code'] !== undefined)
  assert.deepEqual(
    tally(ours.map((each) => [each['source.ip'], each['modbus.exception_code']].join(' '))),
    tally(rows.map((row) => row.join(' '))),
  )
})

/** Topics of all PUBLISH packets of one direction; aliases are known from that direction alone. */
function publishes(bytes: Buffer, version: number): string[] {
  const topics: string[] = []
  const aliases = new Map<number, string>()
  const reader = parser({ protocolVersion: version })
  reader.on('packet', (packet: Packet) => {
    if (packet.cmd !== 'publish') return
    const alias = packet.properties?.topicAlias
    if (alias !== undefined && packet.topic !== '') aliases.set(alias, packet.topic)
    topics.push(packet.topic === '' ? (aliases.get(alias ?? 0) ?? '?') : packet.topic)
  })
  reader.on('error', (error: Error) => {
    throw error
  })
  reader.parse(bytes)
  return topics
}

test('MQTT: mqtt-packet sees the same publications, also behind topic aliases', () => {
  const theirs = tcpPayloads(capture, `tcp.port == ${mqtt.port}`).flatMap((direction) => {
    const ends = [direction.source, direction.target]
    const version = ends.includes(hosts.broker5.ip) ? 5 : 4
    const fromBroker = [hosts.broker5.ip, hosts.broker3.ip].includes(direction.source)
    return publishes(direction.bytes, version).map((topic) => `${fromBroker} ${topic}`)
  })
  const ours = operations.filter((each) => each['mqtt.type'] === 'PUBLISH')
  const key = (each: Operation): string => `${each['mqtt.from_broker']} ${each['mqtt.topic']}`
  assert.ok(theirs.length > 500)
  assert.ok(!theirs.some((topic) => topic.endsWith('?')))
  assert.deepEqual(tally(ours.map(key)), tally(theirs))
})

/** Part 6, 6.7.2: chunk header, then the body; requests of the MES fit into one chunk each. */
const CHUNK_HEADER_BYTES = 24
const SIZE_AT = 4

/** Requests of one service on an unsecured channel, as node-opcua decodes them. */
function requests<T extends { decode: (stream: BinaryStream) => void }>(
  encodingId: number,
  make: () => T,
): T[] {
  const filter = `ip.src == ${hosts.mes.ip} && tcp.dstport == ${opcua.port}`
  return tcpPayloads(capture, filter).flatMap(({ bytes }) => {
    const found: T[] = []
    let at = 0
    while (at + 8 <= bytes.length) {
      const size = bytes.readUInt32LE(at + SIZE_AT)
      const body = bytes.subarray(at + CHUNK_HEADER_BYTES, at + size)
      // A four-byte NodeId of namespace 0: 01 00 and the identifier.
      const isMessage = bytes.toString('latin1', at, at + 4) === 'MSGF'
      if (isMessage && body.readUInt16LE(0) === 1 && body.readUInt16LE(2) === encodingId) {
        const request = make()
        request.decode(new BinaryStream(body.subarray(4)))
        found.push(request)
      }
      at += size
    }
    return found
  })
}

const fromMes = (service: string): readonly Operation[] =>
  operations.filter(
    (each) => each['opcua.service'] === service && each['source.ip'] === hosts.mes.ip,
  )

test('OPC UA: node-opcua decodes the same writes, node by node and value by value', () => {
  const theirs = requests(673, () => new WriteRequest()).flatMap((request) =>
    (request.nodesToWrite ?? []).map((item) => `${item.nodeId} ${item.value.value.value}`),
  )
  const ours = fromMes('Write').map((each) => {
    const [value] = each['ot.operation.value'] as readonly string[]
    return `${each['opcua.node_id']} ${value}`
  })
  assert.ok(theirs.length > 20)
  assert.deepEqual(ours, theirs)
})

test('OPC UA: node-opcua decodes the same method calls', () => {
  const theirs = requests(712, () => new CallRequest()).flatMap((request) =>
    (request.methodsToCall ?? []).map((item) => `${item.methodId}`),
  )
  assert.ok(theirs.length > 10)
  assert.deepEqual(
    fromMes('Call').map((each) => `${each['opcua.method_id']}`),
    theirs,
  )
})
