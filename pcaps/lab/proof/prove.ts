/** Compares a recording with what the script did. Each complaint is a reason to throw it away. */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { MISUSES } from '../misuse/catalogue.ts'
import type { Plant } from '../plan/plant.ts'
import { PARTS } from './counts.ts'
import { kindsOf } from './kinds.ts'
import type { Labels } from './labels.ts'
import { epochSeconds } from './slices.ts'
import { count, countAll } from './tshark.ts'

/** In every recording, at least: [what, display filter, how many]. */
const ALWAYS: readonly (readonly [string, string, number])[] = [
  ['Modbus requests and responses', 'mbtcp', 2000],
  ['Modbus exceptions of a point that does not exist', 'modbus.exception_code == 2', 20],
  ['Modbus writes of one register', 'modbus.func_code == 6', 60],
  ['Modbus writes of one coil', 'modbus.func_code == 5', 30],
  ['Modbus writes of several coils', 'modbus.func_code == 15', 30],
  ['Modbus writes of several registers', 'modbus.func_code == 16', 90],
  ['Modbus device identification', 'modbus.func_code == 43', 8],
  ['OPC UA messages', 'opcua', 300],
  ['OPC UA writes', 'opcua.servicenodeid.numeric == 673', 25],
  ['OPC UA method calls', 'opcua.servicenodeid.numeric == 712', 15],
  ['OPC UA data changes', 'opcua.servicenodeid.numeric == 829', 60],
  ['MQTT packets', 'mqtt', 400],
  ['MQTT 3.1.1 connections', 'mqtt.msgtype == 1 && mqtt.ver == 4', 1],
  ['MQTT 5 connections', 'mqtt.msgtype == 1 && mqtt.ver == 5', 3],
  ['Sparkplug births of edge nodes', 'mqtt.topic contains "/NBIRTH/"', 2],
  ['Sparkplug births of devices', 'mqtt.topic contains "/DBIRTH/"', 2],
  ['Sparkplug data of devices', 'mqtt.topic contains "/DDATA/"', 60],
  ['Sparkplug node commands', 'mqtt.topic contains "/NCMD/"', 50],
  ['Sparkplug device commands', 'mqtt.topic contains "/DCMD/"', 50],
  ['Sparkplug deaths', 'mqtt.topic contains "/NDEATH/" && mqtt.msgtype == 3', 1],
  ['DHCP renewals', 'dhcp.option.dhcp == 5', 1],
  ['ARP', 'arp', 20],
  ['IPv6', 'ipv6', 1],
]

const BYTES_MAX = 5 * 1024 * 1024

/** A baseline entry is mature from 20 samples on; the plan is 30. */
const SAMPLES_MIN = 30
const CALLS_MIN = 20

/** Every cyclic write of the plan, counted in the recording that is learned from. */
function proveWrites(plant: Plant, file: string): string[] {
  const { hosts, modbus, mqtt, opcua } = plant
  const wanted: (readonly [string, string, number])[] = []
  for (const client of ['hmi', 'scada', 'historian'] as const) {
    for (const job of modbus.jobs[client]) {
      if (job.kind !== 'write') continue
      wanted.push([
        `FC ${job.functionCode} by ${client} at ${job.server} ${job.address}`,
        `tcp.dstport == 502 && ip.src == ${hosts[client].ip} && ` +
          `ip.dst == ${hosts[job.server].ip} && mbtcp.unit_id == ${job.unit} && ` +
          `modbus.func_code == ${job.functionCode} && modbus.reference_num == ${job.address}`,
        SAMPLES_MIN,
      ])
    }
  }
  for (const edge of mqtt.edges) {
    for (const topic of [`NCMD/${edge.edgeNode}`, `DCMD/${edge.edgeNode}/${edge.device}`]) {
      wanted.push([
        topic,
        `ip.src == ${hosts.scada.ip} && mqtt.msgtype == 3 && ` +
          `mqtt.topic == "spBv1.0/${mqtt.group}/${topic}"`,
        SAMPLES_MIN,
      ])
    }
  }
  const fromMes = `ip.src == ${hosts.mes.ip} && tcp.dstport == ${opcua.port}`
  wanted.push(['OPC UA writes', `${fromMes} && opcua.servicenodeid.numeric == 673`, SAMPLES_MIN])
  wanted.push(['OPC UA calls', `${fromMes} && opcua.servicenodeid.numeric == 712`, CALLS_MIN])
  const counts = countAll(
    file,
    wanted.map(([, filter]) => filter),
  )
  return wanted.flatMap(([what, , least], index) => {
    const found = counts[index] ?? 0
    return found < least ? [`learn: ${what}: ${found} samples, not ${least}`] : []
  })
}

/** Normal work of quiet and day must have been learned. */
function proveLearned(plant: Plant, folder: string, labels: Labels): string[] {
  // Of the engineering station's encrypted channel tshark reads noise as services.
  const opaque = plant.hosts.eng.ip
  const learned = kindsOf(join(folder, 'learn.pcapng'), null, opaque)
  const first = labels.misuse[0]
  const begin = first === undefined ? null : epochSeconds(first.start).toFixed(6)
  return (
    [
      ['quiet', null],
      ['day', begin],
    ] as const
  ).flatMap(([part, before]) =>
    [...kindsOf(join(folder, `${part}.pcapng`), before, opaque)]
      .filter((kind) => !learned.has(kind))
      .map((kind) => `${part}: normal work that was never learned: ${kind}`),
  )
}

export function prove(plant: Plant, folder: string, labels: Labels): string[] {
  const complaints = [
    ...proveWrites(plant, join(folder, 'learn.pcapng')),
    ...proveLearned(plant, folder, labels),
  ]
  for (const phase of PARTS) {
    const file = join(folder, `${phase}.pcapng`)
    const counts = countAll(
      file,
      ALWAYS.map(([, filter]) => filter),
    )
    for (const [index, [what, , least]] of ALWAYS.entries()) {
      const found = counts[index] ?? 0
      if (found < least) complaints.push(`${phase}: ${what}: ${found}, not ${least} or more`)
    }
    if (statSync(file).size > BYTES_MAX) complaints.push(`${phase}: larger than ${BYTES_MAX}`)
  }
  for (const misuse of MISUSES) {
    const file = join(folder, 'misuse', `${misuse.name}.pcapng`)
    const source = plant.hosts[misuse.source].ip
    const target = plant.hosts[misuse.target].ip
    const filter = `ip.addr == ${source} && ip.addr == ${target} && (${misuse.proof.filter})`
    const found = count(file, filter)
    if (found < misuse.proof.least) {
      complaints.push(`${misuse.name}: ${found} of ${misuse.proof.least} frames`)
    }
  }
  return complaints
}
