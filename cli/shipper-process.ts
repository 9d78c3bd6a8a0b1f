/** The shipper beside a sensor: started, and started again when it dies, some times. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunFlags, RunOptions } from './options.ts'

const launcher = fileURLToPath(new URL('../bin/fieldtap.js', import.meta.url))

/** Deaths in a row after which somebody has to look. */
export const DEATHS_MAX = 8
/** Whoever lived for so long did not die of how it was started. */
const LIFE_MS = 10 * 60_000
const PAUSE_MS_MAX = 60_000

export type Start = () => Promise<number | null>

export interface Patience {
  readonly now: () => number
  readonly sleep: (ms: number, stop: AbortSignal) => Promise<void>
  readonly say: (line: string) => void
}

const patience: Patience = {
  now: () => performance.now(),
  sleep: async (ms, stop) => {
    await sleep(ms, undefined, { signal: stop }).catch(() => {})
  },
  say: (line) => void process.stderr.write(`fieldtap: ${line}\n`),
}

/** Until `stop`, or until it has died too often; nothing is lost by either. */
export async function keepShipper(
  start: Start,
  stop: AbortSignal,
  { now, sleep: wait, say }: Patience = patience,
): Promise<void> {
  let deaths = 0
  while (!stop.aborted) {
    const began = now()
    const code = await start()
    if (stop.aborted) return
    deaths = now() - began >= LIFE_MS ? 1 : deaths + 1
    const how = code === null ? 'was killed' : `ended with code ${code}`
    if (deaths >= DEATHS_MAX) {
      say(`the shipper ${how}, ${deaths} times in a row: it is not started again.`)
      say('  What waits stays in the store. Mend it, then run: fieldtap shipper')
      return
    }
    const ms = Math.min(PAUSE_MS_MAX, 1000 * 2 ** (deaths - 1))
    say(`the shipper ${how}; it is started again in ${ms / 1000} s.`)
    await wait(ms, stop)
  }
}

/** A process of its own: no key of the cluster is where packets are read. */
export function shipperStart(flags: RunFlags, options: RunOptions, stop: AbortSignal): Start {
  const config = flags.config === undefined ? [] : ['--config', flags.config]
  const args = [launcher, 'shipper', '--data', options.data, ...config]
  return () =>
    new Promise((resolve) => {
      // The channel carries nothing: when this process is gone, the shipper learns it by its end.
      const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
      const child: ChildProcess = spawn(process.execPath, args, { stdio: [...stdio] })
      const end = (): void => void child.kill('SIGTERM')
      stop.addEventListener('abort', end, { once: true })
      child.once('exit', (code) => {
        stop.removeEventListener('abort', end)
        resolve(code)
      })
      child.once('error', () => resolve(null))
    })
}
