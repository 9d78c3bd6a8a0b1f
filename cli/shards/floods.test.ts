/** A small flood of forged requests beside the plant: any number of shards says the same of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { modbusRequests, writeFlood } from '../floods.ts'
import { bundled, loadInputs } from '../inputs.ts'
import { judge } from './judged.ts'

const plant = bundled('pcaps/plant')
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-floods-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['joined late', {}],
  ['with answers, which are forged too', { handshake: true, answer: true }],
  ['of registers that nobody asked for', { newTargets: true }],
  ['of registers, with answers', { newTargets: true, answer: true }],
  ['to servers that nobody has seen', { newServers: true }],
])('%s', async (name, forged) => {
  const path = join(folder, `${name}.pcap`)
  await writeFlood(path, join(plant, 'day.pcapng'), 1000, modbusRequests(forged))
  const options = (): Parameters<typeof judge>[2] => ({
    inputs: loadInputs({ policy: join(plant, 'policy.yaml') }),
    phase: 'watching',
  })
  const one = await judge(path, 1, options(), false)
  expect(one.counters).toMatchObject({ strangersTogether: expect.any(Number) as number })
  expect((one.counters as Record<string, number>)['strangersTogether']).toBeGreaterThan(500)
  for (const shards of [2, 3]) {
    expect(await judge(path, shards, options(), false)).toEqual(one)
  }
})
