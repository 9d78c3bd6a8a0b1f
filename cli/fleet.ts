/**
 * A small fleet for a test: two sensors of two sites whose private addresses are the same, each
 * with its own store and shipper, one cluster, and the console of the first over that cluster.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const WAIT_MS_MAX = 180_000

/** What each of them reads: the same plant, so the same addresses, on two days. */
const sites = { north: 'day.pcapng', south: 'quiet.pcapng' } as const
type Site = keyof typeof sites

interface Delivery {
  isRunning: boolean
  backlog: { documents: number; observations: number }
}

export class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), 'fieldtap-fleet-'))
  readonly #plant: string
  readonly #children: ChildProcess[] = []
  url = ''

  constructor(plant: string, cluster: string, namespace: string) {
    this.#plant = plant
    for (const site of Object.keys(sites) as Site[]) this.#configure(site, cluster, namespace)
  }

  async start(): Promise<void> {
    this.#run(['elastic', 'setup', '--config', this.#config('north')])
    const consoles = await Promise.all([this.#begin('north'), this.#begin('south')])
    this.url = consoles[0]
    await this.#until(async () => {
      const states = (await get<{ state: string }[]>(`${this.url}/api/sensors`)).map(
        ({ state }) => state,
      )
      return states.length === 2 && states.every((state) => state === 'finished')
    }, 'both sensors have read their day')
    for (const url of consoles) {
      await this.#until(() => isDelivered(url), 'nothing waits to be delivered')
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#children) child.kill('SIGTERM')
    const running = this.#children.filter(({ exitCode }) => exitCode === null)
    await Promise.all(running.map((child) => once(child, 'exit')))
    rmSync(this.folder, { recursive: true, force: true })
  }

  #config(site: Site): string {
    return join(this.folder, site, 'fieldtap.yaml')
  }

  #configure(site: Site, cluster: string, namespace: string): void {
    mkdirSync(join(this.folder, site))
    const capture = join(this.#plant, sites[site])
    const text = {
      sensor: { id: `sensor-${site}` },
      site,
      capture: { file: capture },
      policy: join(this.#plant, 'policy.yaml'),
      baseline: join(this.#plant, 'baseline.yaml'),
      store: { data: join(this.folder, site, 'store') },
      elasticsearch: { url: cluster, namespace },
      console: { port: 0 },
    }
    // JSON is YAML.
    writeFileSync(this.#config(site), JSON.stringify(text, undefined, 2))
  }

  #run(args: readonly string[]): void {
    const { status, stderr } = spawnSync(process.execPath, [launcher, ...args], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`fieldtap ${args.join(' ')}: ${stderr}`)
  }

  /** Its sensor, its shipper and its console; the address of that. */
  async #begin(site: Site): Promise<string> {
    const args = [launcher, 'start', '--config', this.#config(site), '--speed', 'max']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#children.push(child)
    let err = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
    const found = (): string | undefined => /console +(http\S+)/.exec(err)?.[1]
    await this.#until(() => found() !== undefined || child.exitCode !== null, 'it has a console')
    const url = found()
    if (url === undefined) throw new Error(`it did not start: ${err}`)
    return url
  }

  async #until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (const end = Date.now() + WAIT_MS_MAX; Date.now() < end; await sleep(200)) {
      if (await isSo()) return
    }
    throw new Error(`after ${WAIT_MS_MAX / 1000} s it is not so that ${what}`)
  }
}

async function isDelivered(url: string): Promise<boolean> {
  const { isRunning, backlog } = await get<Delivery>(`${url}/api/delivery`)
  return isRunning && backlog.documents + backlog.observations === 0
}

async function get<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T
}
