/** What every actor starts with: who it is, which plant it is in, and how it says so. */

import { HOST_KEYS, type Host, type HostKey } from '../plan/hosts.ts'
import { makePlant, type Plant } from '../plan/plant.ts'
import { random, type Random } from '../plan/random.ts'

export type Phase = 'learn' | 'quiet' | 'day'

export type Role = {
  readonly plant: Plant
  readonly host: Host
  readonly args: readonly string[]
  readonly chance: Random
  readonly say: (report: Readonly<Record<string, unknown>>) => void
}

export function role(title: string): Role {
  const [seedText, hostKey, ...args] = process.argv.slice(2)
  const seed = Number(seedText)
  if (!Number.isSafeInteger(seed) || !HOST_KEYS.includes(hostKey as HostKey)) {
    throw new Error(`${title}: expected a seed and a host, got ${process.argv.slice(2).join(' ')}`)
  }
  const plant = makePlant(seed)
  const host = plant.hosts[hostKey as HostKey]
  return {
    plant,
    host,
    args,
    chance: random(seed).branch(`${title} ${hostKey} ${args.join(' ')}`),
    say: (report) => {
      process.stdout.write(`${JSON.stringify(report)}\n`)
    },
  }
}

export function phaseOf(text: string | undefined): Phase {
  if (text === 'learn' || text === 'quiet' || text === 'day') return text
  throw new Error(`not a phase: ${text}`)
}

/** How fast a phase works: quiet and day must not be a copy of what was learned. */
export const TEMPO: Readonly<Record<Phase, number>> = { learn: 1, quiet: 1.06, day: 0.97 }

/** Runs once when the recording asks the actor to leave. */
export function onStop(leave: () => Promise<void> | void): void {
  process.once('SIGTERM', () => {
    void (async () => {
      try {
        await leave()
      } finally {
        process.exit(0)
      }
    })()
  })
}
