/**
 * What a person does to findings: shown at once, sent behind it, put back and said if it is
 * refused, and for ten seconds undone by one key.
 */
import type { InfiniteData } from '@tanstack/react-query'
import type { Action, CloseReason, FindingDetail, FindingRow } from '../../analyzer/api/schema.ts'
import { plural } from '../text/number.ts'
import { stopped } from '../text/sentence.ts'
import { ApiFailure, segment, send } from './api.ts'
import { client } from './client.ts'
import type { FindingsPage } from './queries.ts'
import { toasts } from './toasts.ts'
import { who } from './who.ts'

export interface Act {
  action: Action['action']
  reason?: CloseReason
  note?: string
}

export const reasonWords: Readonly<Record<CloseReason, string>> = {
  'true-positive': 'true positive',
  'benign-expected': 'benign, expected',
  'false-positive': 'false positive',
  duplicate: 'duplicate',
  maintenance: 'maintenance',
}

/** The letter after `c`. */
export const reasonKeys: Readonly<Record<CloseReason, string>> = {
  'true-positive': 't',
  'benign-expected': 'b',
  'false-positive': 'f',
  duplicate: 'd',
  maintenance: 'm',
}

type Triage = Pick<FindingRow, 'state'> & { reason?: CloseReason }

/** The state that an action leads to, as far as it is known before the answer. */
function stateAfter(act: Act): Triage | undefined {
  switch (act.action) {
    case 'acknowledge':
      return { state: 'acknowledged' }
    case 'close':
      return { state: 'closed', ...(act.reason === undefined ? {} : { reason: act.reason }) }
    case 'approve':
      return { state: 'closed', reason: 'benign-expected' }
    case 'reopen':
      return { state: 'open' }
    case 'comment':
    case 'undo':
      return undefined
  }
}

const done: Readonly<Record<Action['action'], string>> = {
  acknowledge: 'Acknowledged',
  close: 'Closed',
  reopen: 'Reopened',
  comment: 'Note added to',
  approve: 'Approved as normal:',
  undo: 'Undone:',
}

type List = InfiniteData<FindingsPage>

function patchRow(id: string, change: (row: FindingRow) => FindingRow): void {
  const inRows = (rows: FindingRow[]): FindingRow[] =>
    rows.map((row) => (row.id === id ? change(row) : row))
  client.setQueriesData<List>({ queryKey: ['findings', 'list'] }, (list) =>
    list === undefined
      ? list
      : { ...list, pages: list.pages.map((page) => ({ ...page, rows: inRows(page.rows) })) },
  )
  client.setQueriesData<FindingsPage>({ queryKey: ['findings', 'head'] }, (page) =>
    page === undefined ? page : { ...page, rows: inRows(page.rows) },
  )
}

function patch(id: string, triage: Triage): void {
  const change = <T extends Triage>(row: T): T => {
    const { reason: _reason, ...rest } = row
    return { ...rest, ...triage } as T
  }
  patchRow(id, change)
  client.setQueryData<FindingDetail>(['findings', 'detail', id], (detail) =>
    detail === undefined ? detail : change(detail),
  )
}

/** What the caches hold of a finding's state, so that it can be put back. */
function triageOf(id: string): Triage | undefined {
  const pick = (row: FindingRow): Triage =>
    row.reason === undefined ? { state: row.state } : { state: row.state, reason: row.reason }
  const detail = client.getQueryData<FindingDetail>(['findings', 'detail', id])
  if (detail !== undefined) return pick(detail)
  for (const [, list] of client.getQueriesData<List>({ queryKey: ['findings', 'list'] })) {
    for (const page of list?.pages ?? []) {
      const row = page.rows.find((item) => item.id === id)
      if (row !== undefined) return pick(row)
    }
  }
  return undefined
}

interface Outcome {
  done: string[]
  refused: { id: string; message: string; remedy: string }[]
}

/** One finding answers with itself; several with what was done and what was refused. */
async function post(ids: readonly string[], act: Act & { undoes?: string }): Promise<Outcome> {
  const [only] = ids
  if (ids.length !== 1 || only === undefined) {
    return send<Outcome>('POST', '/api/findings/actions', { ids, ...act, ...who.sign() })
  }
  const path = `/api/findings/${segment(only)}/actions`
  const detail = await send<FindingDetail>('POST', path, { ...act, ...who.sign() })
  const { state, reason } = detail
  patch(only, reason === undefined ? { state } : { state, reason })
  client.setQueryData(['findings', 'detail', only], detail)
  return { done: [only], refused: [] }
}

function remember(ids: readonly string[]): Map<string, Triage> {
  const before = new Map<string, Triage>()
  for (const id of ids) {
    const triage = triageOf(id)
    if (triage !== undefined) before.set(id, triage)
  }
  return before
}

function restore(before: ReadonlyMap<string, Triage>, ids: Iterable<string>): void {
  for (const id of ids) {
    const triage = before.get(id)
    if (triage !== undefined) patch(id, triage)
  }
}

function settle(): void {
  void client.invalidateQueries({ queryKey: ['findings', 'head'] })
  void client.invalidateQueries({ queryKey: ['findings', 'detail'] })
  void client.invalidateQueries({ queryKey: ['findings', 'counts'] })
  void client.invalidateQueries({ queryKey: ['health'] })
}

function failed(error: unknown): void {
  const text =
    error instanceof ApiFailure
      ? `Not done: ${error.message} ${error.remedy}`
      : 'Not done: the answer could not be read.'
  toasts.show({ kind: 'failed', text })
}

/** Does it, shows it, offers the way back. */
export async function act(ids: readonly string[], what: Act): Promise<void> {
  if (ids.length === 0) return
  await client.cancelQueries({ queryKey: ['findings', 'head'] })
  const before = remember(ids)
  const after = stateAfter(what)
  if (after !== undefined) for (const id of ids) patch(id, after)
  const named = plural(ids.length, 'finding')
  const why = what.reason === undefined ? '' : ` as ${reasonWords[what.reason]}`
  toasts.show({ kind: 'done', text: `${done[what.action]} ${named}${why}`, undo: () => undo() })
  const sent = post(ids, what)
  /** Waits for its own act, so that undoing cannot overtake it. */
  function undo(): void {
    toasts.dismiss()
    restore(before, ids)
    void sent.then(
      ({ done }) => takeBack(done),
      () => undefined,
    )
  }
  try {
    const { refused } = await sent
    const [first] = refused
    if (first !== undefined) {
      restore(
        before,
        refused.map(({ id }) => id),
      )
      const text = `${plural(refused.length, 'finding')} not changed: ${stopped(first.message)}`
      toasts.show({ kind: 'failed', text: `${text} ${stopped(first.remedy)}` })
    }
  } catch (error) {
    restore(before, ids)
    failed(error)
  }
  settle()
}

/** Named with an undo, so that it takes back what was seen, and not what someone did since. */
function lastAct(id: string): string | undefined {
  return standingAct(client.getQueryData<FindingDetail>(['findings', 'detail', id]))?.id
}

/** The last act that was not taken back. */
export function standingAct(finding: FindingDetail | undefined): Action | undefined {
  const history = finding?.history ?? []
  const undone = new Set(history.map((action) => action.undoes))
  const standing = history.filter((action) => action.action !== 'undo' && !undone.has(action.id))
  return standing.at(-1)
}

/** Takes back the last thing that was done to each. */
export async function takeBack(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  try {
    const undoes = ids.length === 1 ? lastAct(ids[0] ?? '') : undefined
    await post(ids, undoes === undefined ? { action: 'undo' } : { action: 'undo', undoes })
    toasts.show({ kind: 'done', text: `Undone: ${plural(ids.length, 'finding')} as before` })
  } catch (error) {
    failed(error)
  }
  settle()
}
