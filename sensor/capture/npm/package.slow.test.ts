/** The packages of npm, where FIELDTAP_PACKAGES names a folder that has them: nothing sends. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listeningCap } from './cap.ts'
import { packages } from './package.ts'
import { listeningPcap } from './pcap.ts'

const folder = process.env['FIELDTAP_PACKAGES']

test.each(folder === undefined ? [] : packages)('%s has no function that transmits', (name) => {
  const module: unknown = createRequire(join(folder ?? '', 'resolve.js'))(name)
  const { prototype } =
    name === 'cap'
      ? (listeningCap(module) as unknown as { prototype: object })
      : (listeningPcap(module) as unknown as { PcapSession: { prototype: object } }).PcapSession
  expect(prototype).not.toHaveProperty('send')
  expect(prototype).not.toHaveProperty('inject')
  expect(prototype).toHaveProperty('close')
})

test('both are known by name, and neither is a dependency', async () => {
  const { default: manifest } = await import('../../../package.json', { with: { type: 'json' } })
  const named = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
  expect(packages).toEqual(['cap', 'pcap'])
  expect(named.filter((name) => name === 'cap' || name === 'pcap')).toEqual([])
})
