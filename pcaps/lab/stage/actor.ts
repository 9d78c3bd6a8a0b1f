/**
 * An actor is a process of a host: a server, a client, an attacker. It runs in the host's network
 * namespace under the host's name, says `ready` after its first successful request, and is ended
 * by its own id.
 */

import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import type { HostKey } from '../plan/hosts.ts'
import type { Plant } from '../plan/plant.ts'
import type { Network } from '../net/namespaces.ts'

const READY_MS_MAX = 60_000
const STOP_MS_MAX = 6_000

export type Report = Readonly<Record<string, unknown>>
export type Actor = {
  readonly title: string
  readonly ready: Promise<Report>
  readonly done: Promise<readonly Report[]>
  /** Politely: sessions are closed by their protocol. */
  readonly stop: () => Promise<void>
  /** As a power cut: the connection ends and nobody says good-bye. */
  readonly kill: () => Promise<void>
}

export type Stage = {
  readonly start: (host: HostKey, script: string, args: readonly string[]) => Actor
  readonly startProgram: (host: HostKey, title: string, command: readonly string[]) => Actor
  readonly endAll: () => Promise<void>
}

function watch(title: string, child: ChildProcess, logFile: string): Actor {
  const log = createWriteStream(logFile, { flags: 'a' })
  const reports: Report[] = []
  child.stderr?.on('data', (bytes: Buffer) => {
    log.write(bytes)
  })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const ready = new Promise<Report>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${title} was not ready in time, see ${logFile}`)),
      READY_MS_MAX,
    )
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        log.write(`${line}\n`)
        if (!line.startsWith('{')) return
        const report = JSON.parse(line) as Report
        reports.push(report)
        if (report['ready'] === true) {
          clearTimeout(timer)
          resolve(report)
        }
      })
    }
    void exited.then(() => {
      clearTimeout(timer)
      reject(new Error(`${title} ended before it was ready, see ${logFile}`))
    })
  })
  // Whoever does not wait for it must not bring the process down.
  ready.catch(() => undefined)
  const done = exited.then(() => reports)
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    const late = await Promise.race([exited, wait(STOP_MS_MAX, 'late' as const)])
    if (late === 'late') {
      child.kill('SIGKILL')
      await exited
    }
  }
  return { title, ready, done, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}

export function makeStage(plant: Plant, network: Network, logs: string): Stage {
  const actors: Actor[] = []
  const startProgram = (host: HostKey, title: string, command: readonly string[]): Actor => {
    // A UTS namespace too: stacks put the host's name into certificates and requests.
    const child = spawn(
      'ip',
      [
        'netns',
        'exec',
        network.namespaceOf(host),
        'unshare',
        '--uts',
        'sh',
        '-c',
        'hostname "$1" && shift && exec "$@"',
        'sh',
        plant.hosts[host].name,
        ...command,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const actor = watch(title, child, join(logs, `${title.replaceAll(/[^a-z0-9-]/gi, '_')}.log`))
    actors.push(actor)
    return actor
  }
  process.once('exit', () => {
    for (const actor of actors) void actor.kill()
  })
  return {
    startProgram,
    start: (host, script, args) =>
      startProgram(host, `${script}-${host}-${args.join('-')}`, [
        process.execPath,
        join(import.meta.dirname, '..', script),
        String(plant.seed),
        host,
        ...args,
      ]),
    endAll: async () => {
      await Promise.all(actors.map((actor) => actor.stop()))
    },
  }
}
