import { Option } from 'commander'
import type { Command } from 'commander'
import { csvRows, openStore } from '#analyzer'
import type { Store } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { CommandError, Complaints } from '../command.ts'
import { exportColumns } from '../export-columns.ts'
import { tellStore } from '../kept-store.ts'
import { LineWriter } from '../line-writer.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { openOutput } from '../output.ts'
import { storeFlags } from '../run-flags.ts'

interface ExportFlags extends RunFlags {
  format: 'ndjson' | 'csv'
  output: string
  from?: string
  to?: string
}

type Rows = Record<string, unknown>[]
interface Part {
  rows: Rows
  next: string | null
}

const PAGE_ROWS = 1000
const kinds = ['observations', 'findings', 'assets', 'audit'] as const
type Kind = (typeof kinds)[number]

export const command: CliCommand = {
  summary: 'write what is stored as NDJSON or CSV',
  example: 'fieldtap export observations --from 2026-11-01 --output november.ndjson',
  define(command: Command) {
    storeFlags(command)
      .argument('<what>', `what to write: ${kinds.join(', ')}`)
      .addOption(
        new Option('--format <format>', 'ndjson or csv')
          .choices(['ndjson', 'csv'])
          .default('ndjson'),
      )
      .option('--from <time>', 'observations and findings not before, ISO 8601')
      .option('--to <time>', 'observations and findings not after, ISO 8601')
      .option('--output <file>', 'the file to write; - is standard output', '-')
      .action(write)
  },
}

async function write(what: string, flags: ExportFlags): Promise<void> {
  const kind = kinds.find((one) => one === what)
  if (kind === undefined) {
    const remedy = `Name one of ${kinds.join(', ')}.`
    throw new CommandError('EXPORT_UNKNOWN', `there is no export of ${what}`, remedy)
  }
  const range = rangeOf(kind, flags)
  const { data } = resolveOptions([], flags, 'kept')
  tellStore(data)
  const store = await openStore(data, { mustExist: true, isOwner: false })
  try {
    const writer = new LineWriter(openOutput(flags.output))
    const columns = exportColumns[kind]
    if (flags.format === 'csv') writer.line(csvLine(columns.map(headOf)))
    let after: string | undefined
    do {
      const { rows, next } = await page(store, kind, { ...range, limit: PAGE_ROWS, after })
      for (const row of rows) {
        writer.line(
          flags.format === 'csv'
            ? csvLine(columns.map((column) => cell(row, column)))
            : JSON.stringify(row),
        )
      }
      after = next ?? undefined
    } while (after !== undefined)
    writer.close()
  } finally {
    await store.close()
  }
}

type Query = Parameters<Store['exportPage']>[1]

async function page(store: Store, kind: Kind, query: Query): Promise<Part> {
  if (kind === 'assets') return (await store.assets(query)) as unknown as Part
  if (kind === 'audit') return (await store.audit(query)) as unknown as Part
  return store.exportPage(kind, query)
}

/** Whole days and times of any zone, as the store compares them. */
function rangeOf(kind: Kind, { from, to }: ExportFlags): { from?: string; to?: string } {
  const complaints = new Complaints()
  const isTimed = kind === 'observations' || kind === 'findings'
  const range: { from?: string; to?: string } = {}
  for (const [flag, text] of [['from', from] as const, ['to', to] as const]) {
    if (text === undefined) continue
    const at = instant(flag, text)
    if (!isTimed) {
      complaints.add('OPTION_INVALID', `--${flag} is of no use with ${kind}`, 'Leave it out.')
    } else if (at === undefined) {
      const remedy = 'Give it as 2026-11-21 or 2026-11-21T08:00:00Z.'
      complaints.add('OPTION_INVALID', `--${flag} ${text} is no time`, remedy)
    } else range[flag] = at
  }
  complaints.check()
  return range
}

const isDay = /^\d{4}-\d\d-\d\d$/
const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/

/** A day as `to` has all of its day in it, a second all of its second. */
function instant(flag: 'from' | 'to', text: string): string | undefined {
  const end = flag === 'to'
  if (isDay.test(text)) return instant(flag, `${text}T${end ? '23:59:59' : '00:00:00'}Z`)
  const at = isTime.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) return undefined
  const digits = /\.(\d+)/.exec(text)?.[1] ?? ''
  const fraction = digits.padEnd(6, end ? '9' : '0')
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction}Z`
}

/** A spreadsheet would take a name that begins with @ for a formula. */
function headOf(column: string): string {
  return column.replace('@', '')
}

function csvLine(cells: readonly string[]): string {
  // The writer ends the line.
  return csvRows([cells]).slice(0, -1)
}

/** The value under a name, or along a path of names; of several one after the other. */
function cell(row: Record<string, unknown>, column: string): string {
  const value = Object.hasOwn(row, column)
    ? row[column]
    : column.split('.').reduce<unknown>((at, name) => (at as Rows[0] | undefined)?.[name], row)
  if (Array.isArray(value)) return value.map(String).join(' ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
