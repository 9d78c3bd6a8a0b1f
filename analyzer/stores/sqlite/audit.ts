/** The record: appended by the sensor and by people, and read by whoever asks. */
import { hash, randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Page } from '../../api/schema.ts'
import type { AuditRecord, Version } from '../record.ts'
import type { AuditQuery, Origin } from '../store.ts'
import type { Row } from './page.ts'
import { list, scopeOf } from './page.ts'
import { marking } from './marks.ts'

type NewRecord = Omit<AuditRecord, 'note'> & { note?: string | undefined }

export function putAudit(db: DatabaseSync, record: NewRecord, from: Origin, text?: string): void {
  const { id, time, who, action, subject, note, sha256 } = record
  const body = text ?? null
  db.prepare(
    `INSERT INTO audit (id, time, who, action, subject, note, sha256, body, sensor, site)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    ...[id, time, who, action, subject, note ?? null, sha256 ?? null, body],
    ...[from.sensor, from.site],
  )
}

/** False where it is the one that is on record of that sensor already. */
export function putVersion(db: DatabaseSync, version: Version, from: Origin): boolean {
  const { kind, name, text, time, who } = version
  const sha256 = hash('sha256', text, 'hex')
  const last = db
    .prepare(
      `SELECT sha256 FROM audit WHERE action = ? AND subject = ? AND sensor = ? AND site = ?
       ORDER BY seq DESC LIMIT 1`,
    )
    .get(kind, name, from.sensor, from.site)
  if (last?.['sha256'] === sha256) return false
  const record = { id: randomUUID(), time, who, action: kind, subject: name, sha256 }
  putAudit(db, record, from, text)
  marking(db)('audit', record.id)
  return true
}

/** The text of a version. */
export function versionText(db: DatabaseSync, id: string): string | undefined {
  const text = db.prepare('SELECT body FROM audit WHERE id = ?').get(id)?.['body']
  return typeof text === 'string' ? text : undefined
}

export function listAudit(db: DatabaseSync, query: AuditQuery): Page<AuditRecord> {
  const { actions } = query
  const where = actions?.map((action) => ({ sql: 'r.action = ?', values: [action] })) ?? []
  const any = {
    sql: where.map(({ sql }) => sql).join(' OR ') || 'FALSE',
    values: where.flatMap(({ values }) => values),
  }
  const listing = {
    // Without the texts: a baseline has megabytes.
    from: '(SELECT seq, id, time, who, action, subject, note, sha256, sensor, site FROM audit)',
    where: [...(actions === undefined ? [] : [any]), ...scopeOf(query)],
    sort: 'seq',
    keys: ['r.seq'],
    descending: true,
  }
  return list(db, listing, query, (rows) => rows.map(auditRecord))
}

export function auditRecord(row: Row): AuditRecord {
  return {
    id: String(row['id']),
    time: String(row['time']),
    who: String(row['who']),
    action: String(row['action']),
    subject: String(row['subject']),
    ...(row['note'] === null ? {} : { note: String(row['note']) }),
    ...(row['sha256'] === null ? {} : { sha256: String(row['sha256']) }),
  }
}
