/** Operations and baselines learned from them, for the tests of this folder. */
import type { Operation } from '#sensor'
import type { Asset } from '../inventory/asset.ts'
import { exampleOperation, modbus } from '../inventory/examples.ts'
import type { ExampleOperation } from '../inventory/examples.ts'
import { Baseline } from './baseline.ts'

export function asset(ip: string): Asset {
  return { id: ip, ip: ip === '' ? [] : [ip], mac: [], name: '', roles: [] } as unknown as Asset
}

export const known = new Map<string, Asset>()
export function ends(operation: Operation): [Operation, Asset, Asset] {
  const of = (ip: string): Asset => {
    const found = known.get(ip) ?? asset(ip)
    known.set(ip, found)
    return found
  }
  return [operation, of(operation.client.ip), of(operation.server.ip)]
}

export function learned(operations: readonly Operation[], aliases?: Map<string, string>): Baseline {
  const baseline = new Baseline({ phase: 'learning', ...(aliases ? { aliases } : {}) })
  for (const operation of operations) {
    baseline.learn(...ends(operation))
    baseline.judgeValue(...ends(operation))
  }
  baseline.phase = 'watching'
  return baseline
}

export function news(baseline: Baseline, operation: Operation): string {
  const list = baseline.judge(...ends(operation)).facts['ot.baseline.first_seen']
  return Array.isArray(list) ? list.join(' ') : ''
}

export const OTHER = { client: '10.20.0.99' }
export const poll = [
  modbus(3, ['holding:0-99'], { unit: 1 }),
  modbus(3, ['holding:100-119'], { unit: 1 }),
  modbus(6, ['holding:40'], { unit: 1 }),
]

export function mqtt(id: string, given: ExampleOperation = {}): Operation {
  const fields = { 'mqtt.client_id': id, ...given.fields }
  const base = { protocol: 'mqtt', port: 1883, classes: ['session' as const], action: 'CONNECT' }
  return exampleOperation({ ...base, ...given, fields })
}

export function publish(
  topic: string,
  id = 'edge-1',
  more: Record<string, string> = {},
): Operation {
  const fields = { 'mqtt.topic': topic, 'mqtt.payload_type': 'json', ...more }
  return mqtt(id, { classes: ['publish'], action: 'PUBLISH', targets: [`topic:${topic}`], fields })
}

export function sparkplug(type: string, given: ExampleOperation = {}): Operation {
  const fields = {
    'sparkplug.group_id': 'G1',
    'sparkplug.edge_node_id': 'E1',
    'sparkplug.message_type': type,
  }
  const classes = ['publish' as const]
  return mqtt('edge-1', { classes, action: type, fields, ...given, protocol: 'sparkplug' })
}

export function ua(
  service: string,
  given: ExampleOperation = {},
  more: Record<string, string> = {},
) {
  const security = { 'opcua.security_mode': 'Sign', 'opcua.security_policy': 'Basic256Sha256' }
  const fields = { 'opcua.service': service, ...security, ...more }
  const base = { protocol: 'opcua', port: 4840, action: service }
  return exampleOperation({ ...base, ...given, fields })
}
