/**
 * The thousand captures of other protocols and of nonsense: none throws, every byte has its
 * fate.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFile } from './capture/file.ts'
import { Sensor } from './observe.ts'
import { dissectors } from './protocols/index.ts'

interface Entry {
  readonly file: string
  readonly role: string
  readonly packets: number | null
}

const folder = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))
const isThere = existsSync(`${folder}manifest.json`)
const nothing = () => {}

const FATES = ['parsed', 'malformed', 'skipped', 'unknown', 'partial', 'duplicate', 'stray']

test.runIf(isThere)('no capture throws, and packets and bytes balance', async () => {
  const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Entry[]
  const captures = manifest.filter(({ role }) => role !== 'message-vectors')
  expect(captures.length).toBeGreaterThan(1100)
  for (const { file, role, packets } of captures) {
    const sensor = new Sensor({
      dissectors,
      limits: { flows: 4096 },
      sink: {
        requested: nothing,
        completed: nothing,
        identity: nothing,
        conversation: nothing,
        anomaly: nothing,
        health: nothing,
      },
    })
    const capture = openFile(folder + file)
    for await (const batch of capture.batches()) sensor.batch(batch)
    sensor.end()
    const counters = sensor.counters() as Record<string, number>
    const outcomes = Object.entries(counters).filter(([name]) => name.startsWith('packets.'))
    const bytes = FATES.reduce((sum, name) => sum + (counters[`${name}Bytes`] as number), 0)
    const { modbus, opcua, mqtt } = sensor.counts()
    expect({
      file,
      packets: outcomes.reduce((sum, [, count]) => sum + count, 0),
      bytes,
      held: counters['heldBytes'],
      open: counters['flowsOpen'],
      ours: role === 'other-ot' || role === 'decoy' ? [modbus, opcua, mqtt] : [],
    }).toEqual({
      file,
      packets: packets ?? counters['packets'],
      bytes: counters['payloadBytes'],
      held: 0,
      open: 0,
      ours: role === 'other-ot' || role === 'decoy' ? [undefined, undefined, undefined] : [],
    })
  }
})
