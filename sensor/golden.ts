/** Plays golden captures into the sensor and keeps all that it says: for tests. */
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Capture, PacketBatch } from './capture/capture.ts'
import type { Observation } from './observation.ts'
import * as record from './observation.ts'
import { Sensor } from './observe.ts'
import { dissectors } from './protocols/index.ts'

export const folder = fileURLToPath(new URL('../pcaps/', import.meta.url))

/** Files below `pcaps`, save those that the laboratory recorded. */
export function found(pattern: string): string[] {
  const exclude = ['build/**', 'lab/**', 'plant/**', '**/node_modules/**']
  return globSync(pattern, { cwd: folder, exclude }).sort()
}

export const captures: readonly string[] = found('**/*.{pcap,pcapng}')

/** Names the sensor in every record and in the ids, which are made from it. */
const SENSOR = 'golden'

export interface Said {
  /** In the order of `event.sequence`. */
  readonly records: readonly Observation[]
  readonly counts: Record<string, unknown>
  readonly counters: Record<string, number>
}

/** A sensor and what it says. */
function listener(): { readonly sensor: Sensor; readonly said: () => Said } {
  const records: Observation[] = []
  const sensor = new Sensor({
    dissectors,
    sink: {
      requested: () => {},
      completed: (told) => records.push(record.operationRecord(SENSOR, told)),
      identity: (told) => records.push(record.identityRecord(SENSOR, told)),
      conversation: (told) => records.push(record.conversationRecord(SENSOR, told)),
      anomaly: (told) => records.push(record.anomalyRecord(SENSOR, told)),
      health: (told) => records.push(record.sensorRecord(SENSOR, told)),
    },
  })
  const said = (): Said => {
    sensor.end()
    records.sort((a, b) => Number(a['event.sequence']) - Number(b['event.sequence']))
    return { records, counts: sensor.counts(), counters: sensor.counters() }
  }
  return { sensor, said }
}

export async function play(capture: Capture): Promise<Said> {
  const { sensor, said } = listener()
  for await (const batch of capture.batches()) sensor.batch(batch)
  return said()
}

export function playBatches(batches: readonly PacketBatch[]): Said {
  const { sensor, said } = listener()
  for (const batch of batches) sensor.batch(batch)
  return said()
}
