/** Groups the entries of a baseline by who asks whom, sorted, so that two files compare. */
import { items, parseEntry, words } from './entry.ts'
import type { Envelope } from './envelope.ts'
import type { BaselineFile, KnownAsset, Learned, RateRow, ValueRow } from './file.ts'
import type { Rate } from './rates.ts'

export interface Learnt {
  readonly assets: readonly KnownAsset[]
  readonly entries: Iterable<string>
  readonly envelopes: Iterable<[string, Envelope]>
  readonly rates: Iterable<[string, Rate]>
}

interface ServerRow {
  server: string
  entries: string[]
  values: ValueRow[]
  rates: RateRow[]
}

export function exported(
  { site, learned }: { site: string; learned?: Partial<Learned> },
  { assets, entries, envelopes, rates }: Learnt,
): BaselineFile {
  const pairs = new Map<string, { client: string; server: string; entries: string[] }>()
  const servers = new Map<string, ServerRow>()
  const wide: string[] = []
  const serverRow = (server: string) => {
    const row = servers.get(server) ?? { server, entries: [], values: [], rates: [] }
    servers.set(server, row)
    return row
  }
  for (const entry of entries) {
    const parsed = parseEntry(entry)
    if (parsed === undefined) continue
    const { item, client, server, rest } = parsed
    const line = rest === '' ? item : `${item} ${rest}`
    if (items[item] === 'site') wide.push(line)
    else if (items[item] === 'server') serverRow(server).entries.push(line)
    else {
      const key = `${client} ${server}`
      const row = pairs.get(key) ?? { client, server, entries: [] }
      row.entries.push(line)
      pairs.set(key, row)
    }
  }
  for (const [key, envelope] of envelopes) {
    const [server = '', ...target] = words(key)
    const { state, shape } = envelope
    if (state.samples === 0) continue
    const values = [...state.values]
    serverRow(server).values.push({
      ...state,
      values,
      approved: [...state.approved],
      target: target.join(' '),
      shape,
    })
  }
  for (const [key, { peak, approved }] of rates) {
    const [server = '', ...of] = words(key)
    serverRow(server).rates.push({ of: of.join(' '), peak, approved })
  }
  return {
    apiVersion: 'baseline/v1',
    site,
    learned: { first: '', last: '', captures: [], ...learned },
    assets: assets.toSorted((a, b) => natural(a.ip[0] ?? '', b.ip[0] ?? '')),
    pairs: [...pairs.values()]
      .map((row) => ({ ...row, entries: row.entries.sort(natural) }))
      .sort((a, b) => natural(a.client, b.client) || natural(a.server, b.server)),
    servers: [...servers.values()]
      .map(({ server, entries: own, values, rates: some }) => ({
        server,
        entries: own.sort(natural),
        values: values.sort((a, b) => natural(a.target, b.target)),
        rates: some.sort((a, b) => natural(a.of, b.of)),
      }))
      .sort((a, b) => natural(a.server, b.server)),
    site_wide: wide.sort(natural),
  }
}

/** Numbers by their size, so that register 9 comes before 10 and .9 before .10; else by code. */
function natural(a: string, b: string): number {
  const left = padded(a)
  const right = padded(b)
  if (left !== right) return left < right ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

function padded(text: string): string {
  return text.replaceAll(/\d+/g, (digits) => digits.padStart(10, '0'))
}
