/** What is on record, and everything of a kind, a page at a time. */
import { hash } from 'node:crypto'
import type { Page } from '../../api/schema.ts'
import { stateOf } from '../merge.ts'
import type { AuditRecord, Version } from '../record.ts'
import type { AuditQuery, ExportKind, ExportPage, ExportQuery, Origin } from '../store.ts'
import type { Access } from './access.ts'
import { hits } from './access.ts'
import { findingOf, jsonOf, recordOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import { historyOf } from './findings.ts'
import { documentId } from './names.ts'
import { observationOf } from './operations.ts'
import type { Key } from './pages.ts'
import { list, slice } from './pages.ts'
import { auditFilter, both, findingFilter, scopeOf, term, withinDate } from './query.ts'
import { bodyOf } from './revise.ts'

/** Of equal ones of two senders, any order that stays. */
const byArrival: readonly Key[] = [
  { field: 'ot.received', type: 'long' },
  { field: 'event.id', type: 'keyword' },
]

export async function listAudit(access: Access, query: AuditQuery): Promise<Page<AuditRecord>> {
  const listing = {
    index: access.names.alias.audit,
    query: auditFilter(query),
    sort: 'received',
    keys: byArrival,
    descending: true,
    // Without the texts: a baseline has megabytes.
    source: ['ot.body'],
  }
  return list(access, listing, query, (found) =>
    found.flatMap((hit) => recordOf(bodyOf(hit))?.record ?? []),
  )
}

export async function versionText(access: Access, id: string): Promise<string | undefined> {
  const answer = await access.search(access.names.alias.audit, {
    query: { ids: { values: [documentId(id)] } },
    _source: ['ot.audit.text'],
  })
  const text = jsonOf(memberOf(memberOf(hits(answer)[0], '_source'), 'ot.audit.text'))
  return typeof text === 'string' ? text : undefined
}

/** Whether it is the one of this sensor that is on record already. */
export async function isOnRecord(
  access: Access,
  { kind, name, text }: Version,
  from: Origin,
): Promise<boolean> {
  const answer = await access.search(access.names.alias.audit, {
    query: both([term('ot.audit.action', kind), term('ot.audit.subject', name), ...scopeOf(from)]),
    size: 1,
    sort: [{ 'ot.received': 'desc' }],
    _source: ['ot.body'],
  })
  const last = recordOf(bodyOf(hits(answer)[0]))
  return last?.record.sha256 === hash('sha256', text, 'hex')
}

export function exportPage(
  access: Access,
  kind: ExportKind,
  query: ExportQuery,
): Promise<ExportPage> {
  return kind === 'findings' ? findingPage(access, query) : observationPage(access, query)
}

/** With what people did and what came of it; oldest first, by their last match. */
async function findingPage(access: Access, query: ExportQuery): Promise<ExportPage> {
  const looked = { asset: undefined, named: () => [] }
  const listing = {
    index: access.names.alias.findings,
    query: findingFilter(query, looked),
    sort: 'export',
    keys: [
      { field: 'ot.time', type: 'keyword' },
      { field: 'event.id', type: 'keyword' },
    ] satisfies Key[],
    descending: false,
    source: ['ot.body'],
  }
  const { rows, next } = await slice(access, listing, query)
  const findings = rows.flatMap((hit) => {
    const stored = findingOf(bodyOf(hit))
    if (stored === undefined) return []
    return [{ ...stored.finding, ...stateOf(stored), history: stored.acts.map(historyOf) }]
  })
  return { rows: findings, next }
}

/** In the order in which they were received. */
async function observationPage(access: Access, query: ExportQuery): Promise<ExportPage> {
  const listing = {
    index: access.names.observations,
    query: both([...scopeOf(query), ...withinDate('@timestamp', query)]),
    sort: 'export',
    keys: byArrival,
    descending: false,
    source: true as const,
  }
  const { rows, next } = await slice(access, listing, query)
  return { rows: rows.map((hit) => ({ ...observationOf(hit).doc })), next }
}
