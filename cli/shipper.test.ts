/** The shipper and its neighbours as processes. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '#analyzer'
import { FaultServer } from '../analyzer/stores/delivery/fault-server.ts'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
let data = ''
let server: FaultServer
const running: ChildProcess[] = []

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'fieldtap-shipper-'))
  server = await FaultServer.start()
  const url = `http://127.0.0.1:${server.port}`
  const config = `elasticsearch:\n  url: ${url}\n  namespace: cli\n`
  writeFileSync(join(data, 'fieldtap.yaml'), config)
})
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  }
  await server.close()
  rmSync(data, { recursive: true, force: true })
})

interface Started {
  child: ChildProcess
  err: () => string
  says: (pattern: RegExp) => Promise<void>
}

function started(...args: string[]): Started {
  const config = ['--config', join(data, 'fieldtap.yaml'), '--data', join(data, 'store')]
  const child = spawn(process.execPath, [launcher, ...args, ...config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.push(child)
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  const says = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(err)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${err}`)
      await sleep(50)
    }
  }
  return { child, err: () => err, says }
}

async function ended({ child }: Started, signal?: NodeJS.Signals): Promise<number | null> {
  if (signal !== undefined) child.kill(signal)
  if (child.exitCode !== null) return child.exitCode
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

test('what a sensor stored is sent; the shipper says what it does, and stops when asked', async () => {
  expect(
    await ended(started('sensor', bundled('pcaps/plant/quiet.pcapng'), '--speed', 'max')),
  ).toBe(0)
  const store = await openStore(join(data, 'store'), { isOwner: false })
  try {
    const before = await store.backlog(Date.now())
    expect(before.documents).toBeGreaterThan(5)
    expect(before.observations).toBeGreaterThan(5)
    const shipper = started('shipper')
    await shipper.says(/shipping to elasticsearch 9\.4\.3 at http\S+; /)
    while ((await store.backlog(Date.now())).observations > 0) await sleep(50)
    while ((await store.backlog(Date.now())).documents > 0) await sleep(50)
    const second = started('shipper')
    expect(await ended(second)).toBe(2)
    expect(second.err()).toMatch(/a shipper sends from .* already: process \d+/)
    expect(await ended(shipper, 'SIGTERM')).toBe(0)
    expect((await store.delivery())?.server).toMatch(/^elasticsearch 9\.4\.3/)
  } finally {
    await store.close()
  }
}, 180_000)

test('a cluster that is away is told, and the sensor runs on and says it in its health', async () => {
  await server.close()
  const all = started('start', bundled('pcaps/plant/quiet.pcapng'), '--speed', 'max', '--port', '0')
  await all.says(/the cluster is away: .*wait/)
  const url = /console +(http\S+)/.exec(all.err())?.[1] ?? ''
  await until(async () => {
    const health = (await (await fetch(`${url}/api/health`)).json()) as { reasons: string[] }
    return health.reasons.some((reason) => /the cluster has been away for/.test(reason))
  })
  const metrics = await (await fetch(`${url}/metrics`)).text()
  expect(metrics).toMatch(/delivery\S*observations\S* [1-9]/)
  await server.open()
  expect(await ended(all, 'SIGINT')).toBe(0)
}, 180_000)

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await sleep(100)
}
