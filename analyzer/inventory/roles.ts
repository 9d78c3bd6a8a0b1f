/** What an asset is, by what it does. */
import type { Operation } from '#sensor'

interface Roles {
  readonly client: string
  readonly server: string
}

const protocolRoles: Readonly<Record<string, Roles>> = {
  modbus: { client: 'modbus-client', server: 'modbus-server' },
  opcua: { client: 'opcua-client', server: 'opcua-server' },
  mqtt: { client: 'mqtt-client', server: 'mqtt-broker' },
  sparkplug: { client: 'mqtt-client', server: 'mqtt-broker' },
  dhcp: { client: 'dhcp-client', server: 'dhcp-server' },
}

/** Sparkplug 3.0 section 5: who publishes which message type. */
const edgeTypes = new Set(['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'])
const hostTypes = new Set(['NCMD', 'DCMD', 'STATE'])

const sparkplugRoles = ['sparkplug-edge-node', 'sparkplug-host'] as const

export function clientRoles(operation: Operation): readonly string[] {
  const { draft } = operation
  const protocol = draft.protocol ?? operation.protocol
  const roles = Object.hasOwn(protocolRoles, protocol) ? protocolRoles[protocol] : undefined
  if (roles === undefined) return []
  if (protocol !== 'sparkplug' || draft.classes.includes('deliver')) return [roles.client]
  const type = draft.fields['sparkplug.message_type']
  if (typeof type !== 'string') return [roles.client]
  if (edgeTypes.has(type)) return [roles.client, sparkplugRoles[0]]
  return hostTypes.has(type) ? [roles.client, sparkplugRoles[1]] : [roles.client]
}

export function serverRole(protocol: string): string {
  return Object.hasOwn(protocolRoles, protocol) ? (protocolRoles[protocol]?.server ?? '') : ''
}

/** Roles of a device that is asked and asks nobody. */
const serving = new Set(['modbus-server', 'opcua-server', 'mqtt-broker', 'gateway'])
const asking = new Set(['modbus-client', 'opcua-client', 'mqtt-client'])

/** A controller that was only ever asked. */
export function onlyServes(roles: readonly string[]): boolean {
  return roles.some((role) => serving.has(role)) && !roles.some((role) => asking.has(role))
}

export function onlyAsks(roles: readonly string[]): boolean {
  return roles.some((role) => asking.has(role)) && !roles.some((role) => serving.has(role))
}
