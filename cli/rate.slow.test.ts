/**
 * The whole pipeline on a mirror port at the highest rate that the sender reaches here. The rate
 * and the loss are printed and not asserted: what is asserted is that nothing is unaccounted for.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HealthSnapshot } from '#analyzer'
import { heardByPeer, listening, makeLab, removeLab, replay } from '../sensor/capture/lab.ts'
import type { Lab } from '../sensor/capture/lab.ts'
import { bundled } from './inputs.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-rate-'))
const file = join(folder, 'plant.pcap')
const PACKETS = 1_000_000
const PATIENCE_MS = 120_000
const children: ChildProcess[] = []
let lab: Lab

beforeAll(() => {
  lab = makeLab('ftt')
  const words = ['bench/generate.ts', file, '--packets', String(PACKETS), '--flows', '100']
  execFileSync(process.execPath, words, { cwd: bundled('.'), stdio: 'pipe' })
})

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect(heardByPeer(lab), 'a mirror port sends nothing').toBe(0)
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})

type Interface = NonNullable<HealthSnapshot['interfaces']>[number]

async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 200) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(200)
  }
  throw new Error('it did not come')
}

test.each([
  ['ring', '--topspeed'],
  ['ring', '--pps=50000'],
  ['tcpdump', '--topspeed'],
])('%s, %s: every packet sent is judged or known to be lost', async (way, speed) => {
  const data = mkdtempSync(join(folder, 'data-'))
  const flags = ['--interface', lab.near, '--capture', way, '--data', data, '--port', '0']
  const child = spawn(process.execPath, [bundled('bin/fieldtap.js'), 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  children.push(child)
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const url = await until(() => /console +(http\S+)/.exec(err)?.[1])
  const only = async (): Promise<Interface | undefined> => {
    const health = (await (await fetch(`${url}/api/health`)).json()) as HealthSnapshot
    return health.interfaces?.[0]
  }
  await until(only)
  await listening(lab.near)
  const { packets: sent, perSecond } = await replay(lab, file, [speed])
  const done = await until(async () => {
    const now = await only()
    const { packets = 0, lost, counters = {} } = now ?? {}
    const isDone = packets + (lost ?? 0) >= sent && counters['rx_packets'] === sent
    return isDone && now?.received === packets ? now : undefined
  })
  expect(done).toMatchObject({ way, transmitted: 0, gaps: 0, away: '' })
  expect(done.packets + (done.lost ?? 0)).toBe(sent)
  expect(done.received).toBe(done.packets)
  expect(done.counters).toMatchObject({ rx_packets: sent, tx_packets: 0 })
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(err).toContain('everything is stored')
  process.stderr.write(
    `live, ${way} ${speed}: ${sent} packets at ${Math.round(perSecond)}/s, ${done.lost} lost, all accounted for\n`,
  )
})
