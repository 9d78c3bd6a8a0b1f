import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keptStore } from './kept-store.ts'
import { resolveOptions } from './options.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fieldtap-kept-'))
  vi.stubEnv('XDG_DATA_HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true, force: true })
})

function keep(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(home, 'fieldtap', name), { recursive: true })
    writeFileSync(join(home, 'fieldtap', name, 'fieldtap.db'), '')
  }
}
const at = (name: string): string => join(home, 'fieldtap', name)

test.each<[string[], string]>([
  [[], 'live'],
  [['demo'], 'demo'],
  [['demo', 'live'], 'live'],
  [['demo', 'files/day.pcap-1'], 'files/day.pcap-1'],
])('of %j it is %s', (there, store) => {
  keep(...there)
  // A folder without a store in it is none.
  mkdirSync(join(home, 'fieldtap', 'files', 'empty'), { recursive: true })
  expect(keptStore()).toBe(at(store))
  expect(resolveOptions([], {}, 'kept').data).toBe(at(store))
  expect(resolveOptions([], {}).data).toBe(at('demo'))
})

test('of several, one has to be named', () => {
  keep('demo', 'live', 'files/day.pcap-1')
  const stores = ['live', 'files/day.pcap-1', 'demo'].map((name) => `\n    ${at(name)}`).join('')
  expect(() => keptStore()).toThrow(`there are 3 stores, and none was named:${stores}`)
  expect(resolveOptions([], { data: '/named' }, 'kept').data).toBe('/named')
  // What begins is no question.
  expect(resolveOptions([], { interface: ['eth1'] }, 'kept').data).toBe(at('live'))
})

test('ten of them are listed', () => {
  keep(...Array.from({ length: 12 }, (_, i) => `files/${i}.pcap`))
  expect(() => keptStore()).toThrow(/there are 12 stores.*(\n.*){10}\n {4}and 2 more$/)
})

test('the store of a pipe has a name that is no option', () => {
  expect(resolveOptions(['-'], {}).data).toMatch(/\/files\/stdin-[0-9a-f]{8}$/)
  expect(resolveOptions(['-a.pcap'], {}).data).toMatch(/\/files\/_a\.pcap-[0-9a-f]{8}$/)
})
