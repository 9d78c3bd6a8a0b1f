/** What one word says of a flow: how far TCP has come, who opened it, what was told of it. */
import type { FlowState } from '../operation.ts'

/** How far it has come, in the order of `phases`. */
export const PHASE = 7
export const ESTABLISHED = 0
export const ATTEMPTED = 1
export const REFUSED = 2
export const CLOSED = 3
export const RESET = 4
export const phases: readonly FlowState[] = [
  'established',
  'attempted',
  'refused',
  'closed',
  'reset',
]

/** Its beginning was seen, and who opened it. */
export const HAS_SYN = 1 << 3
export const OPENER_LOW = 1 << 4
export const FIN_LOW = 1 << 5
export const FIN_HIGH = 1 << 6
/** Who reset it. */
export const RESET_LOW = 1 << 7
export const RESET_HIGH = 1 << 8

export const CLIENT_LOW = 1 << 9
/** How the client is known, in the order of `reasons`; nothing while it is undecided. */
const REASON_SHIFT = 10
export const REASON = 3 << REASON_SHIFT
const reasons = ['port', 'syn', 'port', 'shape'] as const
export type Reason = 'syn' | 'port' | 'shape'

/** Others know of it. */
export const TOLD = 1 << 12
/** It is one of a flood, and not told of. */
export const DENIED = 1 << 13
/** Both ends have shown that they mean it: no forged source does. */
export const ANSWERED = 1 << 14

/** Of each direction: it is known where it stands; and its SYN was seen. */
export const STARTED_LOW = 1 << 15
export const STARTED_HIGH = 1 << 16
export const OPENED_LOW = 1 << 17
export const OPENED_HIGH = 1 << 18
export const STANDING = STARTED_LOW | STARTED_HIGH | OPENED_LOW | OPENED_HIGH

/** Nobody reads its payload: no protocol of ours. */
export const ALONE = 1 << 19
/** It was listened to again, so what came before is not known. */
export const LATE = 1 << 20
export const WRONG_TOLD = 1 << 21
/** Pieces of payload that begin no message of any protocol. */
const FAILURES_SHIFT = 22
const FAILURES = 15 << FAILURES_SHIFT
/** How often it was listened to again. */
const RETRIES_SHIFT = 26
const RETRIES = 7 << RETRIES_SHIFT

export function isClosed(state: number): boolean {
  return (state & PHASE) > ATTEMPTED
}

export function openerIsLow(state: number): boolean {
  return (state & OPENER_LOW) !== 0
}

export function clientIsLow(state: number): boolean {
  return (state & CLIENT_LOW) !== 0
}

export function isDecided(state: number): boolean {
  return (state & REASON) !== 0
}

export function reasonOf(state: number): Reason {
  return reasons[(state & REASON) >>> REASON_SHIFT] as Reason
}

/** Roles are known: who is the client, and how that is known. */
export function decide(state: number, isLow: boolean, reason: Reason): number {
  const bits = reasons.indexOf(reason, 1) << REASON_SHIFT
  return (state & ~(REASON | CLIENT_LOW)) | bits | (isLow ? CLIENT_LOW : 0)
}

export function failures(state: number): number {
  return (state & FAILURES) >>> FAILURES_SHIFT
}

export function withFailures(state: number, count: number): number {
  return (state & ~FAILURES) | (Math.min(count, 15) << FAILURES_SHIFT)
}

export function retries(state: number): number {
  return (state & RETRIES) >>> RETRIES_SHIFT
}

export function withRetries(state: number, count: number): number {
  return (state & ~RETRIES) | (Math.min(count, 7) << RETRIES_SHIFT)
}
