/** Compares a recording with what the script did. Each complaint is a reason to throw it away. */

import { statSync } from "node:fs"
import { join } from "node:path"
import { MISUSES } from "../misuse/catalogue.ts"
import type { Plant } from "../plan/plant.ts"
import { count } from "./tshark.ts"

/** In every recording, at least: [what, display filter, how many]. */
const ALWAYS: readonly (readonly [string, string, number])[] = [
  ["Modbus requests and responses", "mbtcp", 2000],
  ["Modbus exceptions of a point that does not exist", "modbus.exception_code == 2", 20],
  ["Modbus writes of one register", "modbus.func_code == 6", 60],
  ["Modbus writes of one coil", "modbus.func_code == 5", 30],
  ["Modbus writes of several coils", "modbus.func_code == 15", 30],
  ["Modbus writes of several registers", "modbus.func_code == 16", 90],
  ["Modbus device identification", "modbus.func_code == 43", 8],
  ["OPC UA messages", "opcua", 300],
  ["OPC UA writes", "opcua.servicenodeid.numeric == 673", 25],
  ["OPC UA method calls", "opcua.servicenodeid.numeric == 712", 15],
  ["OPC UA data changes", "opcua.servicenodeid.numeric == 829", 60],
  ["MQTT packets", "mqtt", 400],
  ["MQTT 3.1.1 connections", "mqtt.msgtype == 1 && mqtt.ver == 4", 1],
  ["MQTT 5 connections", "mqtt.msgtype == 1 && mqtt.ver == 5", 3],
  ["Sparkplug births of edge nodes", 'mqtt.topic contains "/NBIRTH/"', 2],
  ["Sparkplug births of devices", 'mqtt.topic contains "/DBIRTH/"', 2],
  ["Sparkplug data of devices", 'mqtt.topic contains "/DDATA/"', 60],
  ["Sparkplug node commands", 'mqtt.topic contains "/NCMD/"', 50],
  ["Sparkplug device commands", 'mqtt.topic contains "/DCMD/"', 50],
  ["Sparkplug deaths", 'mqtt.topic contains "/NDEATH/" && mqtt.msgtype == 3', 1],
  ["DHCP renewals", "dhcp.option.dhcp == 5", 1],
  ["ARP", "arp", 20],
  ["IPv6", "ipv6", 1],
]

const BYTES_MAX = 5 * 1024 * 1024

export function prove(plant: Plant, folder: string): string[] {
  const complaints: string[] = []
  for (const phase of ["learn", "quiet", "day"]) {
    const file = join(folder, `${phase}.pcapng`)
    for (const [what, filter, least] of ALWAYS) {
      const found = count(file, filter)
      if (found < least) complaints.push(`${phase}: ${what}: ${found}, not ${least} or more`)
    }
    if (statSync(file).size > BYTES_MAX) complaints.push(`${phase}: larger than ${BYTES_MAX}`)
  }
  for (const misuse of MISUSES) {
    const file = join(folder, "misuse", `${misuse.name}.pcapng`)
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
