/** Who talks to whom: one row per client, server, protocol and port, as the sensor sums it up. */
import type { DatabaseSync } from 'node:sqlite'
import type { ConversationRow, Page } from '../../api/schema.ts'
import { partyAddress } from '../rows.ts'
import { conversationText } from '../texts.ts'
import type { ConversationQuery, Conversed, Origin } from '../store.ts'
import { bump } from './database.ts'
import { addMeta } from './documents.ts'
import { marking } from './marks.ts'
import type { Place } from './names.ts'
import { addressesOf, eitherEnd, mentions, named, typedNames } from './names.ts'
import type { Clause } from './page.ts'
import { list, scopeOf, words } from './page.ts'

export const CONVERSATIONS_DROPPED = 'conversations.dropped'

export function putConversations(
  db: DatabaseSync,
  rows: readonly Conversed[],
  { sensor, site }: Origin,
  rowsMax: number,
): void {
  const insert = db.prepare(
    `INSERT INTO conversations (id, sensor, site, source, target, last, text, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id, sensor) DO UPDATE SET site = excluded.site, source = excluded.source,
       target = excluded.target, last = excluded.last, text = excluded.text, body = excluded.body`,
  )
  const mark = marking(db)
  for (const row of rows) {
    const { source, target } = row
    mark('conversation', row.id)
    insert.run(
      row.id,
      sensor,
      site,
      partyAddress(source),
      partyAddress(target),
      row.last,
      conversationText(row),
      JSON.stringify(row),
    )
  }
  if (rows.length === 0) return
  bump(db, 'conversations')
  const trimmed = db
    .prepare(
      `DELETE FROM conversations WHERE rowid IN (
         SELECT rowid FROM conversations ORDER BY last, id, sensor
         LIMIT max(0, (SELECT count(*) FROM conversations) - ?))`,
    )
    .run(rowsMax)
  if (Number(trimmed.changes) > 0) addMeta(db, CONVERSATIONS_DROPPED, Number(trimmed.changes))
}

export function listConversations(
  db: DatabaseSync,
  query: ConversationQuery,
): Page<ConversationRow> {
  const names = typedNames(db)
  const at = (places: readonly Place[]): Clause => eitherEnd(places, scopeOf)
  const where = words(query.text).map((word) => mentions(db, word, at))
  where.push(...scopeOf(query))
  if (query.asset !== undefined) where.push(at(addressesOf(db, query.asset)))
  const listing = {
    from: 'conversations',
    where,
    sort: 'last',
    keys: ['r.last', 'r.id', 'r.sensor'],
    descending: true,
  }
  return list(db, listing, query, (rows) =>
    rows.map((row) => {
      const conversation = JSON.parse(String(row['body'])) as Conversed
      const [sensor, site] = [String(row['sensor']), String(row['site'])]
      return {
        ...conversation,
        sensor,
        site,
        source: named(conversation.source, site, names),
        target: named(conversation.target, site, names),
      }
    }),
  )
}
