/** How much of each protocol a recording holds, for labels.json and for the test that recounts. */

import { join } from 'node:path'
import { countAll } from './tshark.ts'

export const PARTS = ['learn', 'quiet', 'day'] as const

/** Name in labels.json to display filter. */
const PROTOCOLS = {
  frames: 'frame',
  arp: 'arp',
  dhcp: 'dhcp',
  modbus: 'mbtcp',
  opcua: 'opcua',
  mqtt: 'mqtt',
  sparkplug: 'mqtt.topic contains "spBv1.0/"',
} as const

export type Counts = Readonly<Record<keyof typeof PROTOCOLS, number>>

function countOne(file: string): Counts {
  const found = countAll(file, Object.values(PROTOCOLS))
  return Object.fromEntries(
    Object.keys(PROTOCOLS).map((name, index) => [name, found[index] ?? 0]),
  ) as Counts
}

export function countProtocols(folder: string): Readonly<Record<string, Counts>> {
  return Object.fromEntries(PARTS.map((part) => [part, countOne(join(folder, `${part}.pcapng`))]))
}
