/**
 * The state of a finding is the fold of the actions of people (fields.md, "Who owns what" and
 * "After closing"); this file is all there is to know about it. Pure: every store uses it.
 */
import type { Action, CloseReason, FindingState } from '../api/schema.ts'
import type { ActRequest, Refusal } from './store.ts'

/** An action, with how large and how severe the finding was when it was taken. */
export interface Act {
  id: string
  action: Action['action']
  reason?: CloseReason | undefined
  undoes?: string | undefined
  count: number
  severity: number
}

export interface Triage {
  state: FindingState
  reason?: CloseReason | undefined
  /** Of the finding when it was closed. */
  count: number
  severity: number
}

const untouched: Triage = { state: 'open', count: 0, severity: 0 }

/** Actions that still stand: neither an undo, nor taken back by one. */
export function standing(acts: readonly Act[]): Act[] {
  const undone = new Set(acts.map((act) => act.undoes))
  return acts.filter((act) => act.action !== 'undo' && !undone.has(act.id))
}

export function fold(acts: readonly Act[]): Triage {
  return standing(acts).reduce(apply, untouched)
}

function apply(triage: Triage, act: Act): Triage {
  const { count, severity } = act
  switch (act.action) {
    case 'acknowledge':
      return { state: 'acknowledged', count, severity }
    case 'close':
      return { state: 'closed', reason: act.reason, count, severity }
    case 'approve':
      return { state: 'closed', reason: 'benign-expected', count, severity }
    case 'reopen':
      return { state: 'open', count, severity }
    default:
      return triage
  }
}

/**
 * What the state is now that the finding has grown: a rise in severity reopens always, the next
 * match reopens what was closed as true-positive. The store's SQL says the same.
 */
export function current(
  triage: Triage,
  finding: { count: number; severity: number },
): { state: FindingState; reason?: CloseReason | undefined } {
  const { state, reason } = triage
  if (state !== 'closed') return { state }
  const grown = reason === 'true-positive' && finding.count > triage.count
  return grown || finding.severity > triage.severity ? { state: 'open' } : { state, reason }
}

/** What a request does to a finding: an action to append, nothing to do, or why it cannot be. */
export type Transition =
  | { kind: 'append'; to: FindingState; reason?: CloseReason | undefined; undoes?: string }
  | { kind: 'unchanged' }
  | { kind: 'refused'; refusal: Refusal }

export function transition(
  acts: readonly Act[],
  finding: { count: number; severity: number; approves: readonly string[] },
  request: ActRequest,
): Transition {
  const { seen } = request
  if (seen !== undefined && seen !== (acts.at(-1)?.id ?? '')) return refused('CONFLICT')
  const now = current(fold(acts), finding)
  switch (request.action) {
    case 'acknowledge':
      if (now.state === 'closed') return refused('IS_CLOSED')
      return now.state === 'acknowledged'
        ? { kind: 'unchanged' }
        : { kind: 'append', to: 'acknowledged' }
    case 'close':
      if (request.reason === undefined) return refused('REASON_REQUIRED')
      return now.state === 'closed' && now.reason === request.reason
        ? { kind: 'unchanged' }
        : { kind: 'append', to: 'closed', reason: request.reason }
    case 'approve':
      if (finding.approves.length === 0) return refused('NOTHING_TO_APPROVE')
      return standing(acts).some((act) => act.action === 'approve') && now.state === 'closed'
        ? { kind: 'unchanged' }
        : { kind: 'append', to: 'closed', reason: 'benign-expected' }
    case 'reopen':
      return now.state === 'open' ? { kind: 'unchanged' } : { kind: 'append', to: 'open' }
    case 'comment':
      return request.note === undefined || request.note.trim() === ''
        ? refused('NOTE_REQUIRED')
        : { kind: 'append', to: now.state }
    case 'undo':
      return undo(acts, finding, request)
  }
}

function undo(
  acts: readonly Act[],
  finding: { count: number; severity: number },
  request: ActRequest,
): Transition {
  const last = standing(acts).at(-1)
  if (last === undefined) return refused('NOTHING_TO_UNDO')
  if (request.undoes !== undefined && request.undoes !== last.id) return refused('UNDO_STALE')
  const remaining = fold(acts.filter((act) => act.id !== last.id))
  return {
    kind: 'append',
    ...current(remaining, finding),
    to: current(remaining, finding).state,
    undoes: last.id,
  }
}

const refusals: Readonly<Record<Refusal['code'], readonly [message: string, remedy: string]>> = {
  NOT_FOUND: ['there is no such finding', 'Load the list again.'],
  REASON_REQUIRED: ['closing needs a reason', 'Add one of the reasons of the API as "reason".'],
  NOTE_REQUIRED: ['a comment needs a text', 'Add it as "note".'],
  IS_CLOSED: ['the finding is closed', 'Reopen it first.'],
  NOTHING_TO_UNDO: ['nobody has acted on the finding', 'Nothing needs to be done.'],
  NOTHING_TO_APPROVE: [
    'the finding is not about something new, so there is nothing to approve as normal',
    'Close it as benign-expected instead.',
  ],
  CONFLICT: [
    'someone has acted on the finding since it was looked at',
    'Look at its history, then decide again.',
  ],
  UNDO_STALE: ['someone has acted on the finding since', 'Look at its history first.'],
}

export function refusal(code: Refusal['code']): Refusal {
  const [message, remedy] = refusals[code]
  return { code, message, remedy }
}

function refused(code: Refusal['code']): Transition {
  return { kind: 'refused', refusal: refusal(code) }
}
