/** Assets as all their sensors know them together, and conversations. */
import type { AssetRow, ConversationRow, Page } from '../../api/schema.ts'
import { mergeAssets } from '../merge.ts'
import type { ConversationQuery, TextQuery } from '../store.ts'
import type { Access, Body } from './access.ts'
import { hits, numberOf } from './access.ts'
import { assetOf, conversationOf } from './bodies.ts'
import { memberOf } from './bulk.ts'
import type { StoredAsset } from './documents.ts'
import { documentId } from './names.ts'
import type { Key } from './pages.ts'
import { list } from './pages.ts'
import { anyOf, assetFilter, conversationFilter, term } from './query.ts'
import { bodyOf } from './revise.ts'
import { lookUp } from './typed-names.ts'

const assetKeys: readonly Key[] = [
  { field: 'ot.asset.sort', type: 'keyword' },
  { field: 'event.id', type: 'keyword' },
]

export async function listAssets(access: Access, query: TextQuery): Promise<Page<AssetRow>> {
  const listing = {
    index: access.names.alias.assets,
    query: assetFilter(query),
    sort: 'address',
    keys: assetKeys,
    descending: false,
    source: ['ot.body'],
  }
  return list(access, listing, query, (found) => assetRows(access, found))
}

export async function getAsset(access: Access, id: string): Promise<AssetRow | undefined> {
  const answer = await access.search(access.names.alias.assets, {
    query: { ids: { values: [documentId(id)] } },
    _source: ['ot.body'],
  })
  return (await assetRows(access, hits(answer)))[0]
}

async function assetRows(access: Access, found: readonly unknown[]): Promise<AssetRow[]> {
  const rows = found.flatMap((hit) => {
    const stored = assetOf(bodyOf(hit))
    const row = stored === undefined ? undefined : assetRow(stored)
    return row === undefined ? [] : [row]
  })
  const counts = await countFindings(access, rows)
  return rows.map((row, i) => ({ ...row, findings: counts[i] ?? 0 }))
}

function assetRow({ site, parts, typed }: StoredAsset): AssetRow | undefined {
  const record = mergeAssets(parts)
  if (record === undefined) return undefined
  const { name = '' } = typed ?? {}
  const named = name === '' ? {} : { name, name_source: 'typed' }
  return { ...record, ...named, site, sensors: Object.keys(parts), findings: 0 }
}

/** Of each asset, those that are not closed. */
async function countFindings(access: Access, rows: readonly AssetRow[]): Promise<number[]> {
  if (rows.length === 0) return []
  const filters = rows.map(({ site, ip, mac }): Body => {
    const filter = [term('ot.site', site), anyOf('ot.address', [...ip, ...mac])]
    return { bool: { filter } }
  })
  const answer = await access.search(access.names.alias.findings, {
    size: 0,
    query: { bool: { must_not: [term('ot.finding.state', 'closed')] } },
    aggs: { assets: { filters: { filters: Object.fromEntries(filters.entries()) } } },
    track_total_hits: false,
  })
  const buckets = memberOf(memberOf(memberOf(answer, 'aggregations'), 'assets'), 'buckets')
  return rows.map((_, i) => numberOf(memberOf(memberOf(buckets, String(i)), 'doc_count')))
}

const conversationKeys: readonly Key[] = [
  { field: 'ot.time', type: 'keyword' },
  { field: 'event.id', type: 'keyword' },
  { field: 'agent.id', type: 'keyword' },
]

export async function listConversations(
  access: Access,
  query: ConversationQuery,
): Promise<Page<ConversationRow>> {
  const looked = await lookUp(access, query)
  const listing = {
    index: access.names.alias.conversations,
    query: conversationFilter(query, looked),
    sort: 'last',
    keys: conversationKeys,
    descending: true,
    source: ['ot.body'],
  }
  return list(access, listing, query, async (found) => {
    const names = await looked.names
    return found.flatMap((hit) => {
      const stored = conversationOf(bodyOf(hit))
      if (stored === undefined) return []
      const { conversation, from } = stored
      const source = names.named(conversation.source, from.site)
      const target = names.named(conversation.target, from.site)
      return [{ ...conversation, ...from, source, target }]
    })
  })
}
