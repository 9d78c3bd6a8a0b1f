/** Zones, hosts, their addresses and names. MAC prefixes are those of real vendors (IEEE MA-L). */

import type { Random } from './random.ts'

export const ZONE_KEYS = ['cell1', 'cell2', 'scada', 'mes', 'eng', 'office'] as const
export type ZoneKey = (typeof ZONE_KEYS)[number]

export type Zone = {
  readonly key: ZoneKey
  readonly id: string
  readonly name: string
  readonly kind: 'control' | 'supervisory' | 'enterprise' | 'temporary'
  readonly cidr: string
}

export const HOST_KEYS = [
  'plc1',
  'plc2',
  'uaServer',
  'edge1',
  'plc3',
  'gateway',
  'edge2',
  'sensor1',
  'sensor2',
  'hmi',
  'scada',
  'historian',
  'broker5',
  'infra',
  'mes',
  'broker3',
  'eng',
  'dashboard',
  'officePc',
  'rogue',
] as const
export type HostKey = (typeof HOST_KEYS)[number]

export type Host = {
  readonly key: HostKey
  readonly name: string
  readonly ip: string
  readonly mac: string
  readonly zone: ZoneKey
  readonly role: string
  /** Left on where a real plant forgot to switch it off. */
  readonly ipv6: boolean
  /** A host that the policy does not name: it was plugged in later. */
  readonly declared: boolean
}

const VENDOR_PREFIXES = {
  schneider: '00:80:f4',
  siemens: '00:1b:1b',
  rockwell: '00:00:bc',
  phoenixContact: '00:a0:45',
  wago: '00:30:de',
  moxa: '00:90:e8',
  beckhoff: '00:01:05',
  advantech: '00:d0:c9',
  dell: '00:14:22',
  vmware: '00:50:56',
  hewlettPackard: '3c:d9:2b',
  raspberryPi: 'b8:27:eb',
  cisco: '00:1b:54',
} as const
type Vendor = keyof typeof VENDOR_PREFIXES

type Draft = {
  readonly zone: ZoneKey
  readonly role: string
  readonly stem: string
  readonly vendor: Vendor
  readonly ipv6?: boolean
  readonly declared?: boolean
}

const DRAFTS: Readonly<Record<HostKey, Draft>> = {
  plc1: { zone: 'cell1', role: 'plc', stem: 'plc', vendor: 'schneider' },
  plc2: { zone: 'cell1', role: 'plc', stem: 'plc', vendor: 'phoenixContact' },
  uaServer: { zone: 'cell1', role: 'opcua-server', stem: 'cpu', vendor: 'siemens' },
  edge1: { zone: 'cell1', role: 'edge-node', stem: 'edge', vendor: 'beckhoff' },
  plc3: { zone: 'cell2', role: 'plc', stem: 'plc', vendor: 'rockwell' },
  gateway: { zone: 'cell2', role: 'modbus-gateway', stem: 'gw', vendor: 'moxa' },
  edge2: { zone: 'cell2', role: 'edge-node', stem: 'edge', vendor: 'wago', ipv6: true },
  sensor1: { zone: 'cell2', role: 'sensor', stem: 'iot', vendor: 'advantech' },
  sensor2: { zone: 'cell2', role: 'sensor', stem: 'iot', vendor: 'advantech' },
  hmi: { zone: 'scada', role: 'hmi', stem: 'hmi', vendor: 'dell' },
  scada: { zone: 'scada', role: 'scada', stem: 'scada', vendor: 'vmware' },
  historian: { zone: 'scada', role: 'historian', stem: 'hist', vendor: 'hewlettPackard' },
  broker5: { zone: 'scada', role: 'broker', stem: 'spb', vendor: 'vmware' },
  infra: { zone: 'office', role: 'dhcp-server', stem: 'sw', vendor: 'cisco' },
  mes: { zone: 'mes', role: 'mes', stem: 'mes', vendor: 'vmware' },
  broker3: { zone: 'mes', role: 'broker', stem: 'mq', vendor: 'vmware' },
  eng: { zone: 'eng', role: 'engineering-station', stem: 'eng', vendor: 'dell' },
  dashboard: {
    zone: 'office',
    role: 'dashboard',
    stem: 'pc',
    vendor: 'hewlettPackard',
    ipv6: true,
  },
  officePc: { zone: 'office', role: 'office-pc', stem: 'pc', vendor: 'dell' },
  rogue: {
    zone: 'scada',
    role: 'unknown',
    stem: 'pi',
    vendor: 'raspberryPi',
    declared: false,
  },
}

const SITES = ['arnau', 'belmont', 'corvey', 'drava', 'elster', 'fjord', 'garda', 'hallein']
const AREAS = ['fill', 'pack', 'mix', 'dry', 'weld', 'press', 'kiln', 'boil', 'mill', 'cast']

const ZONE_DRAFTS: Readonly<Record<ZoneKey, { name: string; kind: Zone['kind'] }>> = {
  cell1: { name: 'cell one', kind: 'control' },
  cell2: { name: 'cell two', kind: 'control' },
  scada: { name: 'supervisory', kind: 'supervisory' },
  mes: { name: 'manufacturing execution', kind: 'enterprise' },
  eng: { name: 'engineering', kind: 'temporary' },
  office: { name: 'office', kind: 'enterprise' },
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0')
}

export type HostPlan = {
  readonly site: string
  /** What the two cells do, as words for names. */
  readonly areas: readonly [string, string]
  readonly zones: readonly Zone[]
  readonly hosts: Readonly<Record<HostKey, Host>>
}

export function makeHosts(chance: Random): HostPlan {
  const site = chance.pick(SITES)
  const [first = 'fill', second = 'pack'] = chance.some(AREAS, 2)
  const second8 = chance.whole(1, 250)
  const thirds = chance.some(
    Array.from({ length: 240 }, (_, i) => i + 5),
    ZONE_KEYS.length,
  )
  const subnets = new Map(ZONE_KEYS.map((key, index) => [key, `10.${second8}.${thirds[index]}`]))
  const label = (key: ZoneKey): string => (key === 'cell1' ? first : key === 'cell2' ? second : key)
  const zones = ZONE_KEYS.map((key): Zone => ({
    key,
    id: `Z-${label(key).toUpperCase()}`,
    name: `${site} ${ZONE_DRAFTS[key].name}`,
    kind: ZONE_DRAFTS[key].kind,
    cidr: `${subnets.get(key)}.0/24`,
  }))
  // One draw for all last octets: two hosts never share one, so a swapped zone is easy to see.
  const lasts = chance.some(
    Array.from({ length: 200 }, (_, i) => i + 10),
    HOST_KEYS.length,
  )
  const firstNumber = chance.whole(1, 60)
  const hosts = Object.fromEntries(
    HOST_KEYS.map((key, index): [HostKey, Host] => {
      const draft = DRAFTS[key]
      const tail = [0, 1, 2].map(() => hex(chance.whole(1, 254))).join(':')
      return [
        key,
        {
          key,
          name: `${draft.stem}-${label(draft.zone)}-${firstNumber + index}`,
          ip: `${subnets.get(draft.zone)}.${lasts[index]}`,
          mac: `${VENDOR_PREFIXES[draft.vendor]}:${tail}`,
          zone: draft.zone,
          role: draft.role,
          ipv6: draft.ipv6 ?? false,
          declared: draft.declared ?? true,
        },
      ]
    }),
  ) as Record<HostKey, Host>
  return { site, areas: [first, second], zones, hosts }
}
