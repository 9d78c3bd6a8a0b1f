/**
 * The zone policy of the plant (zones/v1), made from the same plan as the traffic. It says what an
 * owner would say: who opens to whom and for what kind of operation, not every register.
 */

import { dump } from "js-yaml"
import type { HostKey, ZoneKey } from "./hosts.ts"
import type { Plant } from "./plant.ts"

/** What an MQTT client needs beside publishing: `other` is its PINGREQ. */
const MQTT_READER = ["session", "subscribe", "deliver", "other"]
const MQTT_PEER = ["session", "subscribe", "publish", "deliver", "other"]
/** What an OPC UA client needs to look and to be told. */
const OPCUA_READER = ["session", "discover", "identify", "read", "subscribe", "deliver", "other"]

type Channel = {
  readonly protocol: string
  readonly clients?: readonly string[]
  readonly servers: readonly string[]
  readonly ports: readonly number[]
  readonly allow: readonly { readonly ops: readonly string[] }[]
  readonly deny?: readonly { readonly id: string; readonly ops: readonly string[] }[]
}

export function makePolicy(plant: Plant): string {
  const name = (key: HostKey): string => plant.hosts[key].name
  const zone = (key: ZoneKey): string => {
    const found = plant.zones.find((each) => each.key === key)
    if (found === undefined) throw new Error(`no zone ${key}`)
    return found.id
  }
  const opcPort = plant.opcua.port
  const mqttPort = plant.mqtt.port

  const channel = (
    protocol: string, port: number, clients: readonly HostKey[], servers: readonly HostKey[],
    ops: readonly string[],
  ): Channel => ({
    protocol,
    ...(clients.length === 0 ? {} : { clients: clients.map(name) }),
    servers: servers.map(name),
    ports: [port],
    allow: [{ ops }],
  })
  const conduit = (
    id: string, from: ZoneKey, to: ZoneKey, purpose: string, channels: readonly Channel[],
  ) => ({
    id, from: [zone(from)], to: [zone(to)], slT: 2, accountable: "OT network", purpose, channels,
  })

  const conduits = [
    conduit("C-SUPERVISORY-FIRST-CELL", "scada", "cell1", "polling, set-points, history", [
      channel("modbus", 502, ["hmi", "scada"], ["plc1", "plc2"], ["read", "write"]),
      channel("modbus", 502, ["historian"], ["plc1", "plc2"], ["read"]),
      channel("opcua", opcPort, ["hmi", "historian"], ["uaServer"], OPCUA_READER),
    ]),
    conduit("C-SUPERVISORY-SECOND-CELL", "scada", "cell2", "polling, set-points, history", [
      channel("modbus", 502, ["scada"], ["plc3", "gateway"], ["read", "write"]),
      channel("modbus", 502, ["historian"], ["plc3", "gateway"], ["read"]),
    ]),
    conduit("C-FIRST-CELL-SUPERVISORY", "cell1", "scada", "Sparkplug of the first cell", [
      channel("mqtt", mqttPort, ["edge1"], ["broker5"], MQTT_PEER),
    ]),
    conduit("C-SECOND-CELL-SUPERVISORY", "cell2", "scada", "Sparkplug of the second cell", [
      channel("mqtt", mqttPort, ["edge2"], ["broker5"], MQTT_PEER),
    ]),
    conduit("C-SECOND-CELL-MES", "cell2", "mes", "readings of the sensors", [
      channel("mqtt", mqttPort, ["sensor1", "sensor2"], ["broker3"], MQTT_PEER),
    ]),
    conduit("C-MES-FIRST-CELL", "mes", "cell1", "orders and set-points of the line", [
      channel("opcua", opcPort, ["mes"], ["uaServer"], [...OPCUA_READER, "write", "command"]),
    ]),
    conduit("C-OFFICE-MES", "office", "mes", "screens in the office", [
      channel("mqtt", mqttPort, [], ["broker3"], MQTT_READER),
    ]),
    conduit("C-ENGINEERING-FIRST-CELL", "eng", "cell1", "engineering of the first cell", [
      {
        ...channel("modbus", 502, ["eng"], ["plc1", "plc2"], ["read", "write", "identify"]),
        deny: [{ id: "D-DIAGNOSTICS", ops: ["fc8"] }],
      },
      channel("opcua", opcPort, ["eng"], ["uaServer"], [...OPCUA_READER, "write", "command"]),
    ]),
    conduit("C-ENGINEERING-SECOND-CELL", "eng", "cell2", "looking at the second cell", [
      channel("modbus", 502, ["eng"], ["plc3"], ["read", "identify"]),
    ]),
  ]

  const declared = Object.values(plant.hosts).filter((host) => host.declared)
  return dump({
    apiVersion: "zones/v1",
    metadata: {
      site: plant.site,
      version: 1,
      owner: "ot-security",
      approvedBy: ["plant-manager"],
      approvedAt: "2026-01-15",
      changeRef: `CHG-${100 + plant.seed % 900}`,
      reviewBy: "2027-01-15",
    },
    suc: {
      name: `${plant.site} plant`,
      function: "a simulated plant that the lab records",
      accessPoints: ["mirror port of the only switch"],
    },
    defaults: {
      interZone: "deny",
      intraZone: "baseline",
      unassigned: "violation",
      unknownProtocol: "violation",
      opaque: "not-assessable",
    },
    assets: declared.map(({ name: asset, ip, mac }) => ({ name: asset, ip, mac })),
    zones: plant.zones.map((each) => ({
      id: each.id,
      name: each.name,
      kind: each.kind,
      slT: 2,
      accountable: each.kind === "enterprise" ? "IT" : "Production",
      members: [{ cidr: each.cidr }],
    })),
    conduits,
    broadcast: plant.zones.map((each) => ({ zone: each.id, allow: ["arp", "lldp", "dhcp", "mdns"] })),
  }, { lineWidth: 100, noRefs: true })
}
