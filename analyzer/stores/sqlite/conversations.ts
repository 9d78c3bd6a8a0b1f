/** Who talks to whom: one row per client, server, protocol and port, as the sensor sums it up. */
import type { DatabaseSync } from 'node:sqlite'
import type { ConversationRow, Page } from '../../api/schema.ts'
import { partyAddress } from '../rows.ts'
import type { ConversationQuery } from '../store.ts'
import { bump } from './database.ts'
import { addMeta } from './documents.ts'
import { addressesOf, mentions, named, typedNames } from './names.ts'
import { ofAddresses } from './observations.ts'
import { list, searchText, words } from './page.ts'

export const CONVERSATIONS_DROPPED = 'conversations.dropped'

export function putConversations(
  db: DatabaseSync,
  rows: readonly ConversationRow[],
  rowsMax: number,
): void {
  const insert = db.prepare(
    `INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET source = excluded.source, target = excluded.target,
       last = excluded.last, text = excluded.text, body = excluded.body`,
  )
  for (const row of rows) {
    const { source, target } = row
    insert.run(
      row.id,
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
      `DELETE FROM conversations WHERE id IN (
         SELECT id FROM conversations ORDER BY last, id
         LIMIT max(0, (SELECT count(*) FROM conversations) - ?))`,
    )
    .run(rowsMax)
  if (Number(trimmed.changes) > 0) addMeta(db, CONVERSATIONS_DROPPED, Number(trimmed.changes))
}

function conversationText(row: ConversationRow): string {
  return searchText([
    ...[row.source, row.target].flatMap(({ ip, mac, name, zone }) => [ip, mac, name, zone]),
    row.protocol,
    String(row.port),
    row.verdict,
    row.state,
    ...Object.keys(row.operations),
  ])
}

export function listConversations(
  db: DatabaseSync,
  query: ConversationQuery,
): Page<ConversationRow> {
  const names = typedNames(db)
  const where = words(query.text).map((word) => mentions(db, word, ofAddresses))
  if (query.asset !== undefined) where.push(ofAddresses(addressesOf(db, query.asset)))
  const listing = {
    from: 'conversations',
    where,
    sort: 'last',
    keys: ['r.last', 'r.id'],
    descending: true,
  }
  return list(db, listing, query, (rows) =>
    rows.map((row) => {
      const conversation = JSON.parse(String(row['body'])) as ConversationRow
      return {
        ...conversation,
        source: named(conversation.source, names),
        target: named(conversation.target, names),
      }
    }),
  )
}
