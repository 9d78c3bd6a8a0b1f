/**
 * The baseline as a file that a person reviews and compares: YAML, sorted, one line for each
 * entry, grouped by who asks whom. Loading it gives the same judgements as what was saved.
 */
import { check } from '../input/check.ts'
import type { InputError } from '../input/input.ts'
import { parseYaml, plain } from '../input/yaml.ts'
import type { YamlNode } from '../input/yaml.ts'
import { items, parseEntry, quoted, spanOf } from './entry.ts'
import type { EnvelopeState, Shape } from './envelope.ts'

export interface KnownAsset {
  readonly id: string
  readonly ip: readonly string[]
  readonly mac: readonly string[]
  readonly name: string
  readonly roles: readonly string[]
}

export interface Learned {
  /** ISO 8601, UTC. */
  readonly first: string
  readonly last: string
  readonly captures: readonly string[]
}

export interface ValueRow extends EnvelopeState {
  readonly target: string
  readonly shape: Shape
}

/** Most operations in ten seconds: of one target, or of one client (`… write from 10.1.2.3`). */
export interface RateRow {
  readonly of: string
  readonly peak: number
  readonly approved: number
}

export interface BaselineFile {
  readonly apiVersion: 'baseline/v1'
  readonly site: string
  readonly learned: Learned
  readonly assets: readonly KnownAsset[]
  /** Entries without their parties: `client-of-class modbus write`. */
  readonly pairs: readonly { client: string; server: string; entries: readonly string[] }[]
  readonly servers: readonly {
    server: string
    entries: readonly string[]
    values: readonly ValueRow[]
    rates: readonly RateRow[]
  }[]
  readonly site_wide: readonly string[]
}

const text = { type: 'string', minLength: 1 }
const texts = { type: 'array', items: { type: 'string' } }
const numbers = { type: 'array', items: { type: 'number' } }
const number = { type: 'number' }
const count = { type: 'integer', minimum: 0 }

function map(properties: object, required: readonly string[] = Object.keys(properties)) {
  return { type: 'object', additionalProperties: false, properties, required }
}

const value = map(
  {
    target: text,
    shape: { enum: ['constant', 'set', 'range', 'counter', 'toggle', 'noise'] },
    min: number,
    max: number,
    step: number,
    samples: count,
    least: number,
    moved: number,
    changes: count,
    rises: count,
    values: numbers,
    approved: numbers,
    approvedStep: number,
  },
  ['target', 'min', 'max', 'step', 'samples', 'moved', 'changes', 'rises'],
)

const baselineSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What is usual at one site',
  ...map(
    {
      apiVersion: { const: 'baseline/v1' },
      site: { type: 'string' },
      learned: map({ first: { type: 'string' }, last: { type: 'string' }, captures: texts }, []),
      assets: {
        type: 'array',
        items: map({ id: text, ip: texts, mac: texts, name: { type: 'string' }, roles: texts }),
      },
      pairs: { type: 'array', items: map({ client: text, server: text, entries: texts }) },
      servers: {
        type: 'array',
        items: map(
          {
            server: text,
            entries: texts,
            values: { type: 'array', items: value },
            rates: {
              type: 'array',
              items: map({ of: text, peak: count, approved: count }, ['of', 'peak']),
            },
          },
          ['server'],
        ),
      },
      site_wide: texts,
    },
    ['apiVersion', 'pairs'],
  ),
}

export function loadBaseline(
  source: string,
  file: string,
): { file?: BaselineFile; errors: InputError[] } {
  const { node, errors } = parseYaml(source, file)
  if (node === undefined) {
    if (errors.length > 0) return { errors }
    const remedy = 'Make one with `fieldtap baseline learn`.'
    const message = 'the baseline is empty'
    return { errors: [{ file, line: 1, column: 1, code: 'empty', message, remedy }] }
  }
  const found = [...errors, ...check(node, baselineSchema, file)]
  if (found.length > 0) return { errors: found }
  const loaded = withDefaults(plain(node) as Written)
  found.push(...entryErrors(node, file))
  return found.length > 0 ? { errors: found } : { file: loaded, errors: found }
}

/** What the schema lets a person leave out. */
type Written = Partial<Omit<BaselineFile, 'servers'>> & {
  servers?: {
    server: string
    entries?: string[]
    values?: (Partial<ValueRow> & Omit<ValueRow, 'least' | 'values' | 'approved'>)[]
    rates?: { of: string; peak: number; approved?: number }[]
  }[]
}

function withDefaults(file: Written): BaselineFile {
  return {
    apiVersion: 'baseline/v1',
    site: file.site ?? '',
    learned: { first: '', last: '', captures: [], ...file.learned },
    assets: file.assets ?? [],
    pairs: file.pairs ?? [],
    servers: (file.servers ?? []).map(({ server, entries = [], values = [], rates = [] }) => ({
      server,
      entries,
      values: values.map((row) => ({
        ...row,
        least: row.least ?? Infinity,
        values: row.values ?? [],
        approved: row.approved ?? [],
        approvedStep: row.approvedStep ?? 0,
      })),
      rates: rates.map((row) => ({ ...row, approved: row.approved ?? 0 })),
    })),
    site_wide: file.site_wide ?? [],
  }
}

/** The words of one line with its parties put in. */
export function fullEntry(entry: string, client: string, server: string): string {
  const space = entry.indexOf(' ')
  const item = space < 0 ? entry : entry.slice(0, space)
  const rest = space < 0 ? '' : entry.slice(space)
  if (client !== '') return `${item} ${client} -> ${server}${rest}`
  return server === '' ? entry : `${item} ${server}${rest}`
}

function entryErrors(root: YamlNode, file: string): InputError[] {
  const errors: InputError[] = []
  const checkList = (node: YamlNode, level: string, client: string, server: string): void => {
    if (node.kind !== 'list') return
    for (const item of node.items) {
      if (item.kind !== 'scalar') continue
      const parsed = parseEntry(fullEntry(item.text, client, server))
      const target = parsed?.item === 'target' && /:[0-9-]+$/.test(item.text)
      const range = target && / (coil|discrete|input|holding|fifo):/.test(item.text)
      const wrong = range && spanOf(fullEntry(item.text, client, server)) === undefined
      if (parsed !== undefined && items[parsed.item] === level && !wrong) continue
      const { line, column } = item.at
      const message = `\`${item.text.slice(0, 80)}\` is no entry of this place`
      const known = Object.entries(items).filter(([, at]) => at === level)
      const remedy = `It begins with one of ${known.map(([name]) => name).join(', ')}.`
      errors.push({ file, line, column, code: 'entry', message, remedy })
    }
  }
  const rows = (name: string): readonly YamlNode[] => {
    const node = child(root, name)
    return node?.kind === 'list' ? node.items : []
  }
  for (const row of rows('pairs')) {
    const [client, server] = [scalar(row, 'client'), scalar(row, 'server')]
    const entries = child(row, 'entries')
    if (entries !== undefined) checkList(entries, 'pair', client, server)
  }
  for (const row of rows('servers')) {
    const entries = child(row, 'entries')
    if (entries !== undefined) checkList(entries, 'server', '', scalar(row, 'server'))
  }
  const wide = child(root, 'site_wide')
  if (wide !== undefined) checkList(wide, 'site', '', '')
  return errors
}

function child(node: YamlNode, name: string): YamlNode | undefined {
  if (node.kind !== 'map') return undefined
  return node.entries.find(({ key }) => key.text === name)?.value
}

function scalar(node: YamlNode, name: string): string {
  const found = child(node, name)
  return found?.kind === 'scalar' ? found.text : ''
}

const head = `# What is usual at this site. Reviewed and changed by people; fieldtap reads it at its start.
# One line is one entry; a line taken out is new again when it is next seen.
`

export function serializeBaseline(file: BaselineFile): string {
  const { site, learned, assets, pairs, servers, site_wide } = file
  const lines = [
    head + 'apiVersion: baseline/v1',
    `site: ${quoted(site)}`,
    'learned:',
    `  first: ${quoted(learned.first)}`,
    `  last: ${quoted(learned.last)}`,
    `  captures: ${list(learned.captures)}`,
  ]
  section(lines, 'assets', assets, ({ id, ip, mac, name, roles }) => [
    `- id: ${quoted(id)}`,
    `  name: ${quoted(name)}`,
    `  ip: ${list(ip)}`,
    `  mac: ${list(mac)}`,
    `  roles: ${list(roles)}`,
  ])
  section(lines, 'pairs', pairs, ({ client, server, entries }) => [
    `- client: ${quoted(client)}`,
    `  server: ${quoted(server)}`,
    '  entries:',
    ...entries.map((entry) => `  - ${scalarText(entry)}`),
  ])
  section(lines, 'servers', servers, ({ server, entries, values, rates }) => [
    `- server: ${quoted(server)}`,
    ...(entries.length > 0 ? ['  entries:', ...entries.map((e) => `  - ${scalarText(e)}`)] : []),
    ...(values.length > 0 ? ['  values:', ...values.map((row) => `  - ${valueText(row)}`)] : []),
    ...(rates.length > 0 ? ['  rates:', ...rates.map((row) => `  - ${rateText(row)}`)] : []),
  ])
  section(lines, 'site_wide', site_wide, (entry) => [`- ${scalarText(entry)}`])
  return `${lines.join('\n')}\n`
}

function section<T>(
  lines: string[],
  name: string,
  rows: readonly T[],
  write: (row: T) => string[],
): void {
  if (rows.length === 0) lines.push(`${name}: []`)
  else lines.push(`${name}:`, ...rows.flatMap(write))
}

function valueText(row: ValueRow): string {
  const { target, shape, min, max, step, samples } = row
  const parts = [
    `target: ${quoted(target)}`,
    `shape: ${shape}`,
    `min: ${min}`,
    `max: ${max}`,
    `step: ${step}`,
    `samples: ${samples}`,
  ]
  if (row.approved.length > 0) parts.push(`approved: [${row.approved.join(', ')}]`)
  if (row.approvedStep > 0) parts.push(`approvedStep: ${row.approvedStep}`)
  if (row.values.length > 0) parts.push(`values: [${row.values.join(', ')}]`)
  if (row.least !== Infinity) parts.push(`least: ${row.least}`)
  parts.push(`moved: ${row.moved}`, `changes: ${row.changes}`, `rises: ${row.rises}`)
  return `{${parts.join(', ')}}`
}

function rateText({ of, peak, approved }: RateRow): string {
  const more = approved > 0 ? `, approved: ${approved}` : ''
  return `{of: ${quoted(of)}, peak: ${peak}${more}}`
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quoted).join(', ')}]`
}

/** Plain where YAML 1.2.2 7.3.3 reads it back as the same text; entries mostly are. */
function scalarText(entry: string): string {
  const printable = /^[a-z][ -~]*[!-9;-~]$/.test(entry)
  return printable && !entry.includes(': ') && !entry.includes(' #') ? entry : quoted(entry)
}
