/** The demonstration in a real browser, from the launcher to the page. */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Shown } from './demo-cases.ts'
import { demoCases, plant } from './demo-cases.ts'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const isDemo = plant === bundled('pcaps/plant')

/** Nothing but `start` for the demonstration; another recording is learned from and named. */
function source(data: string): string[] {
  if (isDemo) return []
  const baseline = join(data, 'baseline.yaml')
  const named = ['--policy', join(plant, 'policy.yaml')]
  const learn = ['baseline', 'learn', join(plant, 'learn.pcapng'), ...named, '--output', baseline]
  const { status } = spawnSync(process.execPath, [launcher, ...learn])
  expect(status).toBe(0)
  return [join(plant, 'day.pcapng'), ...named, '--baseline', baseline]
}

async function consoleOf(child: ChildProcess): Promise<string> {
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  for (let waited = 0; waited < 30_000; waited += 50) {
    const found = /console +(http\S+)/.exec(err)?.[1]
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`it did not start: ${err}`)
}

async function start(): Promise<Shown> {
  const data = mkdtempSync(join(tmpdir(), 'fieldtap-demo-'))
  const flags = [...source(data), '--data', join(data, 'store'), '--port', '0', '--speed', 'max']
  const child = spawn(process.execPath, [launcher, 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
    rmSync(data, { recursive: true, force: true })
  }
  const url = await consoleOf(child)
  for (let waited = 0; waited < 60_000; waited += 200) {
    const health = (await (await fetch(`${url}/api/health`)).json()) as { state: string }
    if (health.state === 'finished') break
    await sleep(200)
  }
  return { url, isDemo, query: '', stop }
}

demoCases('the demonstration in a browser', start)
