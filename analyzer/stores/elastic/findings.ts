/** Findings as the console reads them: the list, one of them, how many are open. */
import type { Action, FindingDetail, FindingRow, Health, Page } from '../../api/schema.ts'
import { severities } from '../../findings/finding.ts'
import type { StoredAct, StoredFinding } from '../merge.ts'
import { stateOf } from '../merge.ts'
import { findingRow } from '../rows.ts'
import type { FindingQuery, FindingSort, Scoped } from '../store.ts'
import { isPosture } from '../texts.ts'
import type { Access } from './access.ts'
import { bucketsOf, hits, numberOf } from './access.ts'
import { findingOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import { documentId } from './names.ts'
import { operationsById } from './operations.ts'
import type { Key } from './pages.ts'
import { list } from './pages.ts'
import { both, findingFilter, scopeOf, term } from './query.ts'
import { bodyOf } from './revise.ts'
import { ruleOf } from './sensors.ts'
import type { TypedNames } from './typed-names.ts'
import { lookUp, typedNames } from './typed-names.ts'

const byLast: Key = { field: 'ot.time', type: 'keyword' }
const byId: Key = { field: 'event.id', type: 'keyword' }

/** Each ends in the last match and the id, so that every order is total. */
const sortKeys: Readonly<Record<FindingSort, readonly Key[]>> = {
  last: [byLast, byId],
  first: [{ field: 'ot.finding.first', type: 'date' }, byId],
  severity: [{ field: 'event.severity', type: 'long' }, byLast, byId],
  count: [{ field: 'ot.finding.count', type: 'long' }, byLast, byId],
  rule: [{ field: 'rule.name', type: 'keyword' }, byLast, byId],
  state: [{ field: 'ot.finding.state', type: 'keyword' }, byLast, byId],
  source: [{ field: 'ot.finding.source', type: 'keyword' }, byLast, byId],
  target: [{ field: 'ot.finding.target', type: 'keyword' }, byLast, byId],
}

export async function listFindings(access: Access, query: FindingQuery): Promise<Page<FindingRow>> {
  const looked = await lookUp(access, query)
  const sort = query.sort ?? 'last'
  const listing = {
    index: access.names.alias.findings,
    query: findingFilter(query, looked),
    sort,
    keys: sortKeys[sort],
    descending: query.descending ?? true,
    source: ['ot.body'],
  }
  return list(access, listing, query, async (found) => {
    const names = await looked.names
    return found.flatMap((hit) => {
      const stored = findingOf(bodyOf(hit))
      return stored === undefined ? [] : [rowOf(stored, names)]
    })
  })
}

function rowOf(stored: StoredFinding, names: TypedNames): FindingRow {
  const { finding, from } = stored
  const now = { ...stateOf(stored), posture: isPosture(finding) }
  return findingRow(finding, from, now, (party) => names.named(party, from.site))
}

export async function storedFinding(
  access: Access,
  id: string,
): Promise<StoredFinding | undefined> {
  const answer = await access.search(access.names.alias.findings, {
    query: { ids: { values: [documentId(id)] } },
    _source: ['ot.body'],
  })
  return findingOf(bodyOf(hits(answer)[0]))
}

export async function findingDetail(
  access: Access,
  id: string,
): Promise<FindingDetail | undefined> {
  const stored = await storedFinding(access, id)
  if (stored === undefined) return undefined
  const { finding, from, acts } = stored
  const [names, about] = await Promise.all([
    typedNames(access),
    ruleOf(access, finding.rule.id, from.sensor),
  ])
  return {
    ...rowOf(stored, names),
    severity_reasons: finding.severity_reasons,
    explanation: finding.explanation,
    sources: (finding.sources ?? []).map((party) => names.named(party, from.site)),
    targets: (finding.targets ?? []).map((party) => names.named(party, from.site)),
    evidence: finding.evidence,
    // Whoever has the captures knows; the store does not.
    packets_available: false,
    approves: finding.approves,
    operations: await operationsById(access, finding.operations, names),
    history: acts.map(historyOf),
    rule_description: about?.description ?? '',
    false_positives: about?.false_positives ?? [],
  }
}

/** An act as it is told, without what only the store needs. */
export function historyOf(act: StoredAct): Action {
  const { id, time, who, action, from, to, reason, note, undoes } = act
  return {
    id,
    time,
    who,
    action,
    from,
    to,
    ...(reason === undefined ? {} : { reason }),
    ...(note === undefined ? {} : { note }),
    ...(undoes === undefined ? {} : { undoes }),
  }
}

/** By severity, without posture: that is a view of its own and no alarm. */
export async function openFindings(access: Access, scope: Scoped): Promise<Health['open']> {
  const answer = await access.search(access.names.alias.findings, {
    size: 0,
    query: both([
      term('ot.finding.state', 'open'),
      term('ot.finding.posture', false),
      ...scopeOf(scope),
    ]),
    aggs: { severities: { terms: { field: 'ot.finding.severity', size: severities.length } } },
  })
  const open = { informational: 0, low: 0, medium: 0, high: 0, critical: 0 }
  for (const bucket of bucketsOf(answer, 'severities')) {
    const severity = severities.find((one) => one === memberOf(bucket, 'key'))
    if (severity !== undefined) open[severity] = numberOf(memberOf(bucket, 'doc_count'))
  }
  return open
}
