/**
 * I1: what an interface received is what the kernel handed over, what it dropped, what the
 * interface lost, and what the filter left out. The kernel's numbers are PACKET_STATISTICS of the
 * socket (packet(7): `tp_packets` with the drops in it, `tp_drops`), those of the interface are
 * /sys/class/net/NAME/statistics.
 */
import type { CaptureStatus, InterfaceStatus } from '../capture/capture.ts'
import type { Account, Term } from './account.ts'
import { sum } from './account.ts'

const SAYS = 'What an interface received was handed over, or there is a reason why not.'
/** Two looks at an interface, and the time that reading its counters takes. */
const STEADY_MS = 1500

export function wireAccounts(capture: CaptureStatus | undefined, ended: boolean): Account[] {
  const live = capture?.interfaces ?? []
  if (live.length === 0) return [notAssessable('wire', 'A file has no counters of an interface.')]
  return live.map((one) => wireAccount(one, live.length > 1 ? `wire ${one.name}` : 'wire', ended))
}

function wireAccount(status: InterfaceStatus, part: string, ended: boolean): Account {
  const { way, counters, received, dropped } = status
  if (received === undefined || dropped === undefined) {
    const what = received === undefined ? 'what the kernel handed over' : 'what the kernel dropped'
    return notAssessable(part, `Capturing by ${way} does not tell ${what}.`)
  }
  if (counters === undefined) {
    return notAssessable(part, `${status.name} has no counters of its own.`)
  }
  const of = (name: string): number => counters[name] ?? 0
  // The card has not handed these to the kernel (ABI/testing/sysfs-class-net-statistics).
  const missed = of('rx_missed_errors')
  const left: Term[] = [
    { name: 'received by the interface', value: of('rx_packets') },
    { name: 'missed by the interface', value: missed },
  ]
  // A socket sees what its own machine sends, too.
  const sent = of('tx_packets')
  if (sent > 0 && status.name !== 'lo') left.push({ name: 'sent by this machine', value: sent })
  const right: Term[] = [
    { name: 'handed over by the kernel', value: received },
    { name: 'dropped by the kernel', value: dropped },
    { name: 'lost by the interface', value: missed },
  ]
  return settled({ status, part, left, right, ended })
}

interface Sides {
  readonly status: InterfaceStatus
  readonly part: string
  readonly left: Term[]
  readonly right: Term[]
  readonly ended: boolean
}

/** What is left between the sides may have a name of its own, or cannot be told yet. */
function settled({ status, part, left, right, ended }: Sides): Account {
  const more = sum(left) - sum(right)
  const account = { identity: 'I1', part, says: SAYS, unit: 'packets', left, right } as const
  const known = (name: string): Account => {
    return { ...account, right: [...right, { name, value: more }], residue: 0, reason: '' }
  }
  const unknown = (reason: string): Account => ({ ...account, residue: undefined, reason })
  if (more === 0) return { ...account, residue: 0, reason: '' }
  if (!ended && status.silentMs < STEADY_MS) {
    return unknown(`Counters are read one after the other, and packets come in: ${more} apart.`)
  }
  if (more > 0 && status.filtered === true) return known('left out by the filter')
  const { edges } = status
  if (edges !== undefined && more > 0 && more <= edges) {
    return known('received while the capture was opened or closed')
  }
  if (status.gaps.length > 0 || status.away !== undefined) {
    return unknown(`The interface was away for a while: ${more} apart.`)
  }
  if (edges === undefined) {
    return unknown(`When ${status.way} opened the interface is not known: ${more} apart.`)
  }
  if (left.length > 2) {
    return unknown(`This machine sends by it, which is not counted alike: ${more} apart.`)
  }
  return { ...account, residue: more, reason: '' }
}

function notAssessable(part: string, reason: string): Account {
  const rest = { says: SAYS, unit: 'packets', left: [], right: [], residue: undefined, reason }
  return { identity: 'I1', part, ...rest }
}
