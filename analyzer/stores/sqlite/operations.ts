/** Observations one by one: written once, never updated, the oldest dropped when full. */
import type { DatabaseSync } from 'node:sqlite'
import type { OperationRow, Page } from '../../api/schema.ts'
import type { Doc } from '../../facts.ts'
import { operationRow, partyAddress, texts } from '../rows.ts'
import type { OperationQuery } from '../store.ts'
import { bump } from './database.ts'
import { addMeta } from './documents.ts'
import type { Names } from './names.ts'
import { addressesOf, mentions, named, typedNames } from './names.ts'
import type { Clause, Row } from './page.ts'
import { anyOf, list, searchText, words } from './page.ts'

export const OPERATIONS_DROPPED = 'operations.dropped'
/** Share deleted at once, so that a full table is not trimmed on every batch. */
const TRIM_SHARE = 0.05

export interface Operations {
  put(docs: readonly Doc[]): void
}

export function openOperations(db: DatabaseSync, rowsMax: number): Operations {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO operations
       (id, time, sequence, classes, source, target, text, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const counted = db.prepare('SELECT count(*) AS n FROM operations')
  /** Rows at most: the table is counted again only when this says that it may be full. */
  let rows = rowsMax
  return {
    put(docs) {
      for (const doc of docs) {
        const row = operationRow(doc)
        insert.run(
          row.id,
          row.time,
          Number(doc['event.sequence'] ?? 0),
          ` ${row.class.join(' ')} `,
          partyAddress(row.source),
          partyAddress(row.destination),
          operationText(doc),
          JSON.stringify(doc),
        )
      }
      if (docs.length > 0) bump(db, 'operations')
      rows += docs.length
      if (rows <= rowsMax) return
      rows = Number(counted.get()?.['n'])
      if (rows > rowsMax) rows -= trim(db, rows - Math.floor(rowsMax * (1 - TRIM_SHARE)))
    },
  }
}

/** What a finding cites stays as long as anything else can go. */
function trim(db: DatabaseSync, count: number): number {
  const uncited = db
    .prepare(
      `DELETE FROM operations WHERE seq IN (
         SELECT seq FROM operations WHERE id NOT IN (
           SELECT j.value FROM findings f, json_each(f.body, '$.operations') j)
         ORDER BY seq LIMIT ?)`,
    )
    .run(count)
  const rest = count - Number(uncited.changes)
  if (rest > 0) {
    db.prepare(
      'DELETE FROM operations WHERE seq IN (SELECT seq FROM operations ORDER BY seq LIMIT ?)',
    ).run(rest)
  }
  addMeta(db, OPERATIONS_DROPPED, count)
  return count
}

/** Values and not field names: a search for `write` must find writes, not every document. */
function operationText(doc: Doc): string {
  return searchText(Object.values(doc).flatMap((value) => texts(value)))
}

export function listOperations(db: DatabaseSync, query: OperationQuery): Page<OperationRow> {
  const names = typedNames(db)
  const listing = {
    from: 'operations',
    where: conditions(db, query),
    sort: 'time',
    keys: ['r.time', 'r.sequence', 'r.id'],
    descending: true,
  }
  return list(db, listing, query, (rows) => rows.map((row) => namedOperation(row, names)))
}

function conditions(db: DatabaseSync, query: OperationQuery): Clause[] {
  const { text, asset, classes, from, to } = query
  const where: Clause[] = words(text).map((word) => mentions(db, word, ofAddresses))
  if (asset !== undefined) where.push(ofAsset(db, asset))
  if (classes !== undefined) {
    where.push({
      sql: classes.map(() => 'instr(r.classes, ?) > 0').join(' OR ') || 'FALSE',
      values: classes.map((name) => ` ${name} `),
    })
  }
  if (from !== undefined) where.push({ sql: 'r.time >= ?', values: [from] })
  if (to !== undefined) where.push({ sql: 'r.time <= ?', values: [to] })
  return where
}

/** Rows of which one end is the asset. */
export function ofAsset(db: DatabaseSync, asset: string): Clause {
  return ofAddresses(addressesOf(db, asset))
}

export function ofAddresses(addresses: readonly string[]): Clause {
  const source = anyOf('r.source', addresses)
  const target = anyOf('r.target', addresses)
  return { sql: `${source.sql} OR ${target.sql}`, values: [...source.values, ...target.values] }
}

function namedOperation(row: Row, names: Names): OperationRow {
  const operation = operationRow(JSON.parse(String(row['body'])) as Doc)
  return {
    ...operation,
    source: named(operation.source, names),
    destination: named(operation.destination, names),
  }
}

/** Those still there, in the order asked for. */
export function operationsById(
  db: DatabaseSync,
  ids: readonly string[],
  names: Names,
): OperationRow[] {
  const get = db.prepare('SELECT body FROM operations WHERE id = ?')
  return ids.flatMap((id) => {
    const row = get.get(id) as Row | undefined
    return row === undefined ? [] : [namedOperation(row, names)]
  })
}
