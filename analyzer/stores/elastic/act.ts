/**
 * What people do: read, decided on what is there, and written only if nobody else was first. Acts
 * are signed with the key of this console, and on record before whoever acted has an answer.
 */
import { severities } from '../../findings/finding.ts'
import type { Fate } from '../delivery/cluster.ts'
import type { StoredAct, StoredFinding } from '../merge.ts'
import { mergeActs, stateOf } from '../merge.ts'
import { momentAfter } from '../moment.ts'
import type { TypedName } from '../outbox.ts'
import type { SigningKey } from '../sign.ts'
import { signAct } from '../sign.ts'
import type { ActOutcome, ActRequest, By, Origin } from '../store.ts'
import type { Transition } from '../triage.ts'
import { refusal, transition } from '../triage.ts'
import type { Access } from './access.ts'
import { assetOf, findingOf } from './bodies.ts'
import type { BulkItem } from './bulk.ts'
import { bulk } from './bulk.ts'
import type { Receipt, StoredAsset, StoredRecord } from './documents.ts'
import { assetDocument, auditDocument, findingDocument } from './documents.ts'
import { expectDone } from './fates.ts'
import { documentId } from './names.ts'
import type { Revision } from './revise.ts'
import { revise } from './revise.ts'

export interface Desk {
  readonly access: Access
  readonly receipt: () => Receipt
  readonly signing: SigningKey | undefined
}

/** Several people on one finding at the same moment, each of whom is first once. */
const ROUNDS_MAX = 20

export async function act(
  desk: Desk,
  ids: readonly string[],
  request: ActRequest,
): Promise<ActOutcome[]> {
  const attempts = ids.map((id) => new Attempt(desk, id, request))
  const fates = await desk.access.ask(() =>
    revise(
      desk.access.client,
      attempts.map((attempt) => attempt.revision),
      { refresh: true, rounds: ROUNDS_MAX },
    ),
  )
  const done = attempts.filter((_, i) => fates[i]?.kind === 'done')
  await putRecords(
    desk,
    done.flatMap(({ record }) => record ?? []),
  )
  expectDone(fates)
  return attempts.map(({ outcome }) => outcome)
}

/** One finding that is acted on, as often as somebody else is first. */
class Attempt {
  readonly revision: Revision
  outcome: ActOutcome
  record: StoredRecord | undefined
  readonly #desk: Desk
  readonly #request: ActRequest

  constructor(desk: Desk, id: string, request: ActRequest) {
    this.#desk = desk
    this.#request = request
    this.outcome = { id }
    this.revision = {
      alias: desk.access.names.alias.findings,
      id: documentId(id),
      place: '',
      merge: (body) => this.#merge(findingOf(body)),
    }
  }

  #merge(stored: StoredFinding | undefined): string | undefined {
    const { id } = this.outcome
    this.record = undefined
    this.outcome = { id }
    if (stored === undefined) {
      this.outcome = { id, refused: refusal('NOT_FOUND') }
      return undefined
    }
    const { finding, from, acts } = stored
    const { count, approves } = finding
    const size = { count, severity: severities.indexOf(finding.severity) }
    const step = transition(acts, { ...size, approves }, this.#request)
    if (step.kind === 'refused') this.outcome = { id, refused: step.refusal }
    if (step.kind !== 'append') return undefined
    const done = this.#actOf(stored, step, size)
    const { time, who, action, note } = done
    const record = { id: done.id, time, who, action, subject: id }
    this.record = { from, record: note === undefined ? record : { ...record, note } }
    const written = { finding, from, acts: mergeActs(acts, [done]) }
    return findingDocument(written, this.#desk.receipt())
  }

  #actOf(
    stored: StoredFinding,
    step: Transition & { kind: 'append' },
    size: { count: number; severity: number },
  ): StoredAct {
    const { action, who, note } = this.#request
    const { finding, acts } = stored
    const unsigned: StoredAct = {
      ...momentAfter(acts.at(-1), this.#request.time),
      who: who.toWellFormed(),
      action,
      from: stateOf(stored).state,
      to: step.to,
      ...(step.reason === undefined ? {} : { reason: step.reason }),
      ...(note === undefined ? {} : { note: note.toWellFormed() }),
      ...(step.undoes === undefined ? {} : { undoes: step.undoes }),
      ...size,
      ...(action === 'approve' ? { approves: finding.approves } : {}),
    }
    const { signing } = this.#desk
    if (signing === undefined) return unsigned
    const foreign = { kind: 'finding' as const, finding: finding.id, act: unsigned }
    return { ...unsigned, signature: signAct(foreign, signing) }
  }
}

/** False: there is no such asset. */
export async function rename(desk: Desk, id: string, name: string, by: By): Promise<boolean> {
  let site: string | undefined
  let typed: TypedName | undefined
  const merge = (body: unknown): string | undefined => {
    const stored = assetOf(body)
    site = stored?.site
    if (stored === undefined) return undefined
    const who = by.who.toWellFormed()
    typed = { ...momentAfter(stored.typed, by.time), name: name.toWellFormed(), who }
    return assetDocument(renamed(desk, id, stored, typed), desk.receipt())
  }
  const alias = desk.access.names.alias.assets
  const revision = { alias, id: documentId(id), place: '', merge }
  const options = { refresh: true, rounds: ROUNDS_MAX }
  const fates = await desk.access.ask(() => revise(desk.access.client, [revision], options))
  expectDone(fates)
  if (site === undefined || typed === undefined) return false
  const { id: act, time, who } = typed
  const from: Origin = { sensor: '', site }
  const record = { id: act, time, who, action: 'rename', subject: id, note: typed.name }
  await putRecords(desk, [{ from, record }])
  return true
}

function renamed(desk: Desk, id: string, stored: StoredAsset, typed: TypedName): StoredAsset {
  const { site, parts } = stored
  const { signing } = desk
  if (signing === undefined) return { site, parts, typed }
  return { site, parts, typed, signature: signAct({ kind: 'asset', asset: id, typed }, signing) }
}

export async function putRecords(
  desk: Pick<Desk, 'access' | 'receipt'>,
  records: readonly (StoredRecord & { text?: string })[],
): Promise<void> {
  const { access, receipt } = desk
  const items = records.map((stored): BulkItem => {
    const { from, record, text } = stored
    const body = auditDocument({ from, record }, text, receipt())
    const index = access.names.alias.audit
    return { op: 'create', index, id: documentId(record.id), body, isAlias: true }
  })
  const fates = await access.ask(() => bulk(access.client, items, true))
  expectDone(fates.filter((fate): fate is Fate => fate.kind !== 'conflict'))
}
