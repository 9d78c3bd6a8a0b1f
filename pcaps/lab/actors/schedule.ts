/** Repeated work with jitter, one piece at a time: a client asks, waits for the answer, asks on. */

import { setTimeout as wait } from 'node:timers/promises'
import type { Random } from '../plan/random.ts'
import { TEMPO, type Phase } from './role.ts'

export type Task = { readonly everyMs: number; readonly work: () => Promise<void> | void }

/** Share of the period by which one turn may be early or late: no scheduler is exact. */
const JITTER = 0.12

/** Runs until `stopped` says so. Tasks of one list never overlap. */
export async function repeat(
  tasks: readonly Task[],
  phase: Phase,
  chance: Random,
  stopped: () => boolean,
): Promise<void> {
  const start = Date.now()
  const due = tasks.map((task) => start + chance.next() * Math.min(task.everyMs, 1500))
  while (!stopped()) {
    const soonest = due.reduce((best, time, index) => (time < (due[best] ?? 0) ? index : best), 0)
    const task = tasks[soonest]
    if (task === undefined) return
    const pause = (due[soonest] ?? 0) - Date.now()
    if (pause > 0) await wait(Math.min(pause, 200))
    if (pause > 200) continue
    if (stopped()) return
    await task.work()
    const period = task.everyMs * TEMPO[phase] * (1 + JITTER * (2 * chance.next() - 1))
    // From when it was due, not from when it ended: the count in a phase is then what was planned.
    due[soonest] = Math.max((due[soonest] ?? 0) + period, Date.now() + period / 4)
  }
}
