/** Nothing is counted without words for it, and there are no words for what nobody counts. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { counterNames, counterText, openStore } from '#analyzer'
import { bundled } from './inputs.ts'

const run = promisify(execFile)
const data = mkdtempSync(join(tmpdir(), 'fieldtap-counters-'))
afterAll(() => rmSync(data, { recursive: true, force: true }))

async function counted(): Promise<string[]> {
  const capture = bundled('pcaps/plant/quiet.pcapng')
  const config = join(data, 'fieldtap.yaml')
  // What waits is counted where there is a cluster, reached or not.
  writeFileSync(config, 'elasticsearch:\n  url: http://127.0.0.1:9\n')
  const speed = ['--speed', 'max', '--workers', '2']
  const words = ['sensor', capture, ...speed, '--data', data, '--config', config]
  await run(process.execPath, [bundled('bin/fieldtap.js'), ...words])
  const store = await openStore(data)
  try {
    const health = (await store.sensors())[0]?.health
    const stats = Object.keys(await store.stats()).map((name) => `store.${name}`)
    return [...Object.keys(health?.counters ?? {}), ...stats]
  } finally {
    await store.close()
  }
}

test('every counter of a run has a stage, a label and a line that explains it', async () => {
  const names = await counted()
  expect(names.length).toBeGreaterThan(100)
  expect(names.filter((name) => counterText(name) === undefined)).toEqual([])
  const texts = names.map((name) => counterText(name))
  expect(texts.filter((text) => !/^[A-Z].{2,}/.test(text?.label ?? ''))).toEqual([])
  expect(texts.filter((text) => text?.says.endsWith('.') !== true)).toEqual([])
  expect(new Set(texts.map((text) => text?.label)).size, 'two of one label').toBe(names.length)
  // Words for what is no longer counted would be kept for ever.
  expect(counterNames.filter((name) => !names.includes(name))).toEqual([])
})

test.each([
  ['packets.cut-tunnel', 'packet', 'Cut in a tunnel by the snap length'],
  ['datagrams.udp', 'packet', 'UDP, made of fragments'],
  ['unread.etherTypes.0x88cc', 'packet', 'Not read: EtherType 0x88cc'],
  ['unread.transports.ip-58', 'packet', 'Not read: IP protocol 58'],
  ['unread.links.rest', 'packet', 'Not read: of any other link type'],
  ['messages.modbus', 'protocol', 'Messages of modbus'],
  ['duplicates.vlans.0-12', 'capture', 'Copies between VLANs 0 and 12'],
])('%s', (name, stage, label) => {
  expect(counterText(name)).toMatchObject({ stage, label, isGauge: false })
})

test.each(['delivery.documents', 'delivery.oldest_ms'])('%s goes up and down', (name) => {
  expect(counterText(name)).toMatchObject({ stage: 'store', isGauge: true })
})

test.each([
  'delivery.nothing',
  'packets.nothing',
  'unread.other.5',
  'nothing',
  'packets.',
  'constructor',
])('%s is none', (name) => {
  expect(counterText(name)).toBeUndefined()
})
