/** Operations and verdicts for the tests of this folder. */
import { readFileSync } from 'node:fs'
import type { Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { Asset } from '../inventory/asset.ts'
import { exampleOperation } from '../inventory/examples.ts'
import type { ExampleOperation } from '../inventory/examples.ts'
import { loadPolicy } from './load.ts'
import { Zones } from './zones.ts'

export const source = readFileSync(new URL('example-policy.yaml', import.meta.url), 'utf8')

export function load(text: string): Zones {
  return new Zones(loadPolicy(text, 'policy.yaml').policy)
}

export const zones = load(source)

export function asset(ip: string, mac: string[] = []): Asset {
  return { id: ip, ip: [ip], mac, macBound: mac.length > 0, name: '' } as unknown as Asset
}

export function judge(operation: Operation, given: Zones = zones, macs: string[] = []): Facts {
  return given.judge(operation, asset(operation.client.ip), asset(operation.server.ip, macs))
}

export function short(operation: Operation, given: Zones = zones): string {
  const facts = judge(operation, given)
  const parts = ['verdict', 'code', 'reason', 'conduit', 'window', 'exception']
  return parts
    .map((name) => facts[`ot.zone.${name}`])
    .filter((value) => value !== undefined)
    .join(' ')
}

/** Of the first line of the example policy that has a text. */
export function line(text: string): number {
  return source.split('\n').findIndex((item) => item.includes(text)) + 1
}

/** µs. */
export function at(text: string): number {
  return Date.parse(text) * 1000
}

export const HMI = { client: '10.20.0.5', server: '10.10.1.10' }
export const MES = { client: '10.40.0.9', server: '10.10.1.30', port: 4840 }
export const EDGE = { client: '10.10.1.50', server: '10.40.0.10', port: 1883 }

export function ua(
  service: string,
  given: ExampleOperation = {},
  more: Record<string, string> = {},
) {
  const fields = {
    'opcua.service': service,
    'opcua.security_mode': 'SignAndEncrypt',
    'opcua.security_policy': 'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
    ...more,
  }
  return exampleOperation({ protocol: 'opcua', action: service, ...MES, ...given, fields })
}

export function mq(given: ExampleOperation, id?: string) {
  const own = id === undefined ? {} : { 'mqtt.client_id': id }
  const fields = { ...own, ...given.fields }
  return exampleOperation({ protocol: 'mqtt', ...EDGE, ...given, fields })
}

export const NCMD = { 'sparkplug.message_type': 'NCMD', 'sparkplug.group_id': 'G1' }
