/** I1, its other half: what the way of capture handed over was taken by the sensor. */
import type { CaptureStatus } from '../capture/capture.ts'
import type { Account, Counts, Term } from './account.ts'

export interface Handed {
  readonly counters: Counts
  readonly capture: CaptureStatus | undefined
  readonly ended: boolean
  /** Before the end of a file: what was read ahead was not looked at. */
  readonly stopped?: boolean | undefined
}

export function handedAccount({ counters, capture, ended, stopped }: Handed): Account {
  const taken = counters['packets'] ?? 0
  const right: Term[] = [{ name: 'looked at', value: taken }]
  const account = {
    identity: 'I1',
    part: 'handed over',
    says: 'What the way of capture handed over was looked at.',
    unit: 'packets',
  } as const
  if (capture === undefined) {
    const reason = 'Nobody counts what is handed over.'
    return { ...account, left: [], right, residue: undefined, reason }
  }
  const handed = handedBy(capture)
  const left = [handed]
  const unread = (capture.interfaces ?? []).reduce((all, one) => all + (one.unread ?? 0), 0)
  // A command that is stopped leaves in its buffer what the kernel has counted already.
  if (unread > 0) right.push({ name: 'captured, not read at the stop', value: unread })
  const more = handed.value - taken - unread
  // Of a live capture the kernel's count may be older than ours.
  if (!ended && more < 0) {
    const reason = 'The kernel counts once in a while: this is settled at the end.'
    return { ...account, left, right, residue: undefined, reason }
  }
  const isBehind = !ended || stopped === true
  const name = ended ? 'read ahead when it was stopped' : 'waiting in buffers'
  if (isBehind && more > 0) right.push({ name, value: more })
  return { ...account, left, right, residue: isBehind && more > 0 ? 0 : more, reason: '' }
}

/** By the kernel's count where there is one, else by that of who read it. */
function handedBy({ interfaces = [], packets }: CaptureStatus): Term {
  const live = interfaces.map(({ received, packets: read }) => received ?? read)
  if (live.length === 0) return { name: 'in the capture', value: packets }
  return { name: 'by the kernel', value: live.reduce((all, value) => all + value, 0) }
}
