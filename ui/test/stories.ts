/** Who is in the plant for tests, and what happens in it. */
import type { Party, Severity } from '../../analyzer/api/schema.ts'

export interface Host extends Party {
  roles: string[]
  protocols: string[]
  vendor: string
}

const host = (
  name: string,
  ip: string,
  zone: string,
  roles: string[],
  protocols: string[],
  vendor: string,
): Host => {
  const last = ip.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return { name, ip, zone, roles, protocols, vendor, mac: `00:80:${last.join(':')}` }
}

export const hosts: Host[] = [
  host('PLC-1', '10.20.0.11', 'cell-1', ['server', 'controller'], ['modbus'], 'Schneider Electric'),
  host('PLC-2', '10.20.0.12', 'cell-1', ['server', 'controller'], ['modbus'], 'Schneider Electric'),
  host('HMI-1', '10.20.0.20', 'cell-1', ['client'], ['modbus'], 'Beckhoff Automation'),
  host('UA-1', '10.21.0.11', 'cell-2', ['server'], ['opcua'], 'Siemens AG'),
  host('broker', '10.30.0.5', 'supervision', ['broker'], ['mqtt', 'sparkplug'], 'Dell Inc.'),
  host('scada-1', '10.30.0.4', 'supervision', ['client'], ['modbus', 'opcua', 'mqtt'], 'Dell Inc.'),
  host('eng-ws-2', '10.40.0.9', 'engineering', ['client'], ['modbus', 'opcua'], 'Hewlett Packard'),
  host('', '10.40.0.77', 'engineering', ['client'], ['modbus'], ''),
  host('', '10.20.0.99', '', ['client'], ['mqtt'], 'Raspberry Pi Trading'),
]

const nobody: Party = { ip: '', mac: '', name: '', zone: '' }
export const byName = (name: string): Party => {
  const found = name === '' ? undefined : hosts.find((item) => [item.name, item.ip].includes(name))
  if (found === undefined) return nobody
  const { ip, mac, zone } = found
  return { ip, mac, name: found.name, zone }
}

export interface Story {
  rule: string
  title: string
  severity: Severity
  summary: string
  source: string
  target: string
  action: string
  operationTarget: string
  value: string
  protocol: string
  posture?: boolean
  verdict?: string
}

export const stories: Story[] = [
  {
    rule: 'mb-06',
    title: 'First write by a client',
    severity: 'high',
    summary: 'eng-ws-2 wrote registers 40–43 on PLC-1 (unit 1) for the first time',
    source: 'eng-ws-2',
    target: 'PLC-1',
    action: 'Write Multiple Registers',
    operationTarget: 'holding:40-43',
    value: '1200',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'mb-11',
    title: 'Force Listen Only Mode',
    severity: 'critical',
    summary: '10.40.0.77 set PLC-2 (unit 1) to listen only: it no longer answers',
    source: '10.40.0.77',
    target: 'PLC-2',
    action: 'Diagnostics',
    operationTarget: 'subfunction:4',
    value: '',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'ua-03',
    title: 'Method called in an anonymous session',
    severity: 'high',
    summary: 'eng-ws-2 called method Reset on UA-1 in an anonymous session',
    source: 'eng-ws-2',
    target: 'UA-1',
    action: 'Call',
    operationTarget: 'method:nsu=urn:plant;s=Line1.Reset',
    value: 'true',
    protocol: 'opcua',
  },
  {
    rule: 'mq-04',
    title: 'Subscription to everything',
    severity: 'medium',
    summary: '10.20.0.99 subscribed to every topic (#) of broker',
    source: '10.20.0.99',
    target: 'broker',
    action: 'SUBSCRIBE',
    operationTarget: 'topic:#',
    value: '',
    protocol: 'mqtt',
  },
  {
    rule: 'zn-01',
    title: 'Connection that no conduit allows',
    severity: 'medium',
    summary: 'scada-1 opened Modbus to zone cell-2: no conduit allows it',
    source: 'scada-1',
    target: 'UA-1',
    action: 'Read Holding Registers',
    operationTarget: 'holding:0-9',
    value: '0',
    protocol: 'modbus',
    verdict: 'violation',
  },
  {
    rule: 'mb-02',
    title: 'Exceptions above the usual rate',
    severity: 'low',
    summary: 'PLC-1 refused 40 requests of HMI-1 in a minute: Illegal Data Address',
    source: 'HMI-1',
    target: 'PLC-1',
    action: 'Read Holding Registers',
    operationTarget: 'holding:400-420',
    value: '',
    protocol: 'modbus',
  },
  {
    rule: 'as-01',
    title: 'New asset',
    severity: 'informational',
    summary: '10.40.0.77 was seen for the first time',
    source: '10.40.0.77',
    target: '',
    action: 'ARP',
    operationTarget: 'address:10.40.0.77',
    value: '',
    protocol: 'arp',
  },
  {
    rule: 'ps-02',
    title: 'OPC UA without signing',
    severity: 'medium',
    summary: 'UA-1 offers security mode None, and scada-1 uses it',
    source: 'scada-1',
    target: 'UA-1',
    action: 'OpenSecureChannel',
    operationTarget: 'endpoint:opc.tcp://10.21.0.11:4840',
    value: 'None',
    protocol: 'opcua',
    posture: true,
  },
]
