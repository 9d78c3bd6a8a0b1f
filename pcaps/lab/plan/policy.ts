/**
 * The zone policy of the plant (zones/v1), made from the same plan as the traffic. It says what an
 * owner would say: who opens to whom and for what kind of operation, not every register.
 */

import { dump } from 'js-yaml'
import type { HostKey, ZoneKey } from './hosts.ts'
import type { Plant } from './plant.ts'

/** What an MQTT client needs beside publishing: `other` is its PINGREQ. */
const MQTT_READER = ['session', 'subscribe', 'deliver', 'other']
const MQTT_PEER = [...MQTT_READER, 'publish']
/** What an OPC UA client needs to look and to be told. */
const OPCUA_READER = ['session', 'discover', 'identify', 'read', 'subscribe', 'deliver', 'other']
const OPCUA_PEER = [...OPCUA_READER, 'write', 'command']

type Protocol = 'modbus' | 'opcua' | 'mqtt'
type Channel = {
  readonly protocol: Protocol
  /** Empty: every host of the zone. */
  readonly clients: readonly HostKey[]
  readonly servers: readonly HostKey[]
  readonly ops: readonly string[]
  readonly deny?: readonly { readonly id: string; readonly ops: readonly string[] }[]
}
type Conduit = {
  readonly id: string
  readonly from: ZoneKey
  readonly to: ZoneKey
  readonly purpose: string
  readonly channels: readonly Channel[]
}

const PORTS: Readonly<Record<Protocol, number>> = { modbus: 502, opcua: 4840, mqtt: 1883 }

const CONDUITS: readonly Conduit[] = [
  {
    id: 'C-SUPERVISORY-FIRST-CELL',
    from: 'scada',
    to: 'cell1',
    purpose: 'polling, set-points, history',
    channels: [
      modbus(['hmi', 'scada'], ['plc1', 'plc2'], ['read', 'write']),
      modbus(['historian'], ['plc1', 'plc2'], ['read']),
      opcua(['hmi', 'historian'], OPCUA_READER),
    ],
  },
  {
    id: 'C-SUPERVISORY-SECOND-CELL',
    from: 'scada',
    to: 'cell2',
    purpose: 'polling, set-points, history',
    channels: [
      modbus(['scada'], ['plc3', 'gateway'], ['read', 'write']),
      modbus(['historian'], ['plc3', 'gateway'], ['read']),
    ],
  },
  {
    id: 'C-FIRST-CELL-SUPERVISORY',
    from: 'cell1',
    to: 'scada',
    purpose: 'Sparkplug of the first cell',
    channels: [mqtt(['edge1'], 'broker5', MQTT_PEER)],
  },
  {
    id: 'C-SECOND-CELL-SUPERVISORY',
    from: 'cell2',
    to: 'scada',
    purpose: 'Sparkplug of the second cell',
    channels: [mqtt(['edge2'], 'broker5', MQTT_PEER)],
  },
  {
    id: 'C-SECOND-CELL-MES',
    from: 'cell2',
    to: 'mes',
    purpose: 'readings of the sensors',
    channels: [mqtt(['sensor1', 'sensor2'], 'broker3', MQTT_PEER)],
  },
  {
    id: 'C-MES-FIRST-CELL',
    from: 'mes',
    to: 'cell1',
    purpose: 'orders and set-points of the line',
    channels: [opcua(['mes'], OPCUA_PEER)],
  },
  {
    id: 'C-OFFICE-MES',
    from: 'office',
    to: 'mes',
    purpose: 'screens in the office',
    channels: [mqtt([], 'broker3', MQTT_READER)],
  },
  {
    id: 'C-ENGINEERING-FIRST-CELL',
    from: 'eng',
    to: 'cell1',
    purpose: 'engineering of the first cell',
    channels: [
      {
        ...modbus(['eng'], ['plc1', 'plc2'], ['read', 'write', 'identify']),
        deny: [{ id: 'D-DIAGNOSTICS', ops: ['fc8'] }],
      },
      opcua(['eng'], OPCUA_PEER),
    ],
  },
  {
    id: 'C-ENGINEERING-SECOND-CELL',
    from: 'eng',
    to: 'cell2',
    purpose: 'looking at the second cell',
    channels: [modbus(['eng'], ['plc3'], ['read', 'identify'])],
  },
]

function modbus(
  clients: readonly HostKey[],
  servers: readonly HostKey[],
  ops: readonly string[],
): Channel {
  return { protocol: 'modbus', clients, servers, ops }
}

function opcua(clients: readonly HostKey[], ops: readonly string[]): Channel {
  return { protocol: 'opcua', clients, servers: ['uaServer'], ops }
}

function mqtt(clients: readonly HostKey[], broker: HostKey, ops: readonly string[]): Channel {
  return { protocol: 'mqtt', clients, servers: [broker], ops }
}

/** What is so in every plant: who answers for the file and what its defaults are. */
function preamble(plant: Plant): Record<string, unknown> {
  return {
    apiVersion: 'zones/v1',
    metadata: {
      site: plant.site,
      version: 1,
      owner: 'ot-security',
      approvedBy: ['plant-manager'],
      approvedAt: '2026-01-15',
      changeRef: `CHG-${100 + (plant.seed % 900)}`,
      reviewBy: '2027-01-15',
    },
    suc: {
      name: `${plant.site} plant`,
      function: 'a simulated plant that the lab records',
      accessPoints: ['mirror port of the only switch'],
    },
    defaults: {
      interZone: 'deny',
      intraZone: 'baseline',
      unassigned: 'violation',
      unknownProtocol: 'violation',
      opaque: 'not-assessable',
    },
  }
}

export function makePolicy(plant: Plant): string {
  const names = (keys: readonly HostKey[]): string[] => keys.map((key) => plant.hosts[key].name)
  const ids = (key: ZoneKey): string[] =>
    plant.zones.filter((zone) => zone.key === key).map((zone) => zone.id)
  const declared = Object.values(plant.hosts).filter((host) => host.declared)
  const policy = {
    ...preamble(plant),
    assets: declared.map(({ name, ip, mac }) => ({ name, ip, mac })),
    zones: plant.zones.map(({ id, name, kind, cidr }) => ({
      id,
      name,
      kind,
      slT: 2,
      accountable: kind === 'enterprise' ? 'IT' : 'Production',
      members: [{ cidr }],
    })),
    conduits: CONDUITS.map(({ id, from, to, purpose, channels }) => ({
      id,
      from: ids(from),
      to: ids(to),
      slT: 2,
      accountable: 'OT network',
      purpose,
      channels: channels.map(({ protocol, clients, servers, ops, deny }) => ({
        protocol,
        ...(clients.length === 0 ? {} : { clients: names(clients) }),
        servers: names(servers),
        ports: [PORTS[protocol]],
        allow: [{ ops }],
        ...(deny === undefined ? {} : { deny }),
      })),
    })),
    broadcast: plant.zones.map(({ id }) => ({ zone: id, allow: ['arp', 'lldp', 'dhcp', 'mdns'] })),
  }
  return dump(policy, { lineWidth: 100, noRefs: true })
}
