/** I1, its other half: what the way of capture handed over was taken by the sensor. */
import type { CaptureStatus } from '../capture/capture.ts'
import type { Account, Counts, Term } from './account.ts'

export interface Handed {
  readonly counters: Counts
  readonly captures: readonly CaptureStatus[]
  readonly ended: boolean
  /** Before the end of a file: what was read ahead was not looked at. */
  readonly stopped?: boolean | undefined
}

export function handedAccount({ counters, captures, ended, stopped }: Handed): Account {
  const handed = captures.map(handedBy)
  const taken = counters['packets'] ?? 0
  const total = handed.reduce((all, { value }) => all + value, 0)
  const more = total - taken
  const right: Term[] = [{ name: 'looked at', value: taken }]
  const account = {
    identity: 'I1',
    part: 'handed over',
    says: 'What the way of capture handed over was looked at.',
    unit: 'packets',
    left: handed,
  } as const
  // Of a live capture the kernel's count may be older than ours.
  if (!ended && more < 0) {
    const reason = 'The kernel counts once in a while: this is settled at the end.'
    return { ...account, right, residue: undefined, reason }
  }
  if (!ended) right.push({ name: 'waiting in buffers', value: more })
  else if (stopped === true) right.push({ name: 'read ahead when it was stopped', value: more })
  const residue = ended && stopped !== true ? more : 0
  return { ...account, right, residue, reason: '' }
}

/** By the kernel's count where there is one, else by that of who read it. */
function handedBy({ interfaces = [], packets }: CaptureStatus): Term {
  const live = interfaces.map(({ received, packets: read }) => received ?? read)
  if (live.length === 0) return { name: 'in the capture', value: packets }
  return { name: 'by the kernel', value: live.reduce((all, value) => all + value, 0) }
}
