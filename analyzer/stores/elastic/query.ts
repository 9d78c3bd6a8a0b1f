/** What is asked of a store, in the query language of a cluster. */
import { words } from '../sqlite/page.ts'
import type {
  AuditQuery,
  ConversationQuery,
  FindingQuery,
  OperationQuery,
  Scoped,
  TextQuery,
} from '../store.ts'
import type { Body } from './access.ts'
import { isDate } from './fitting.ts'

/** Addresses of one site, of any where it is undefined. */
export interface Place {
  site: string | undefined
  addresses: readonly string[]
}

/** What has to be looked up before a query can be asked. */
export interface Looked {
  /** Where the asset is found that is asked for; undefined: none is. */
  asset: readonly Place[] | undefined
  /** Where a word is in a name that was typed in. */
  named: (word: string) => readonly Place[]
}

export function term(field: string, value: string | boolean): Body {
  return { term: { [field]: typeof value === 'string' ? value.toWellFormed() : value } }
}

/** None where there are no values. */
export function anyOf(field: string, values: readonly string[]): Body {
  return { terms: { [field]: values.map((value) => value.toWellFormed()) } }
}

export function either(queries: readonly Body[]): Body {
  if (queries.length === 0) return { match_none: {} }
  return { bool: { should: queries, minimum_should_match: 1 } }
}

export function both(queries: readonly Body[]): Body {
  return { bool: { filter: queries } }
}

export function scopeOf({ site, sensor }: Scoped): Body[] {
  return [
    ...(site === undefined ? [] : [term('ot.site', site)]),
    ...(sensor === undefined ? [] : [term('agent.id', sensor)]),
  ]
}

function within(
  field: string,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): Body[] {
  if (from === undefined && to === undefined) return []
  const gte = from === undefined ? {} : { gte: from.toWellFormed() }
  const lte = to === undefined ? {} : { lte: to.toWellFormed() }
  return [{ range: { [field]: { ...gte, ...lte } } }]
}

/** Within a date: what is no time that a cluster reads is before or after everything. */
export function withinDate(
  field: string,
  { from, to }: { from?: string | undefined; to?: string | undefined },
): Body[] {
  if (from !== undefined && !isDate(from)) return [{ match_none: {} }]
  return within(field, { from, to: isDate(to) ? to : undefined })
}

/** Each word somewhere, in the document's own words or in a name typed in for one of its ends. */
function mentions(
  text: string | undefined,
  looked: Looked,
  fields: readonly string[],
  more: (word: string) => Body[] = () => [],
): Body[] {
  return words(text).map((word) =>
    either([contains('ot.search', word), ...more(word), ...atPlaces(looked.named(word), fields)]),
  )
}

/** A part of a word, as it is: nothing in it is a pattern. */
function contains(field: string, word: string): Body {
  const escaped = word.toWellFormed().replaceAll(/[*?\\]/g, '\\$&')
  return { wildcard: { [field]: { value: `*${escaped}*` } } }
}

/** Each place with its own site: equal addresses of two plants are two assets. */
function atPlaces(places: readonly Place[], fields: readonly string[]): Body[] {
  return places.map(({ site, addresses }) =>
    both([either(fields.map((field) => anyOf(field, addresses))), ...scopeOf({ site })]),
  )
}

function ofAsset({ asset }: Looked, fields: readonly string[]): Body[] {
  return asset === undefined ? [] : [either(atPlaces(asset, fields))]
}

const parties = ['ot.address']
const ends = ['ot.source.address', 'ot.destination.address']

export function findingFilter(query: FindingQuery, looked: Looked): Body {
  const { severity, state, text, rule, posture } = query
  return both([
    ...scopeOf(query),
    ...(severity === undefined ? [] : [anyOf('ot.finding.severity', severity)]),
    ...(state === undefined ? [] : [anyOf('ot.finding.state', state)]),
    ...(rule === undefined ? [] : [term('rule.id', rule)]),
    ...(posture === undefined ? [] : [term('ot.finding.posture', posture)]),
    ...within('ot.time', query),
    ...ofAsset(looked, parties),
    ...mentions(text, looked, parties),
  ])
}

export function operationFilter(query: OperationQuery, looked: Looked): Body {
  const { classes, text } = query
  const filter = [
    // What has no action is no operation.
    { exists: { field: 'event.action' } },
    ...scopeOf(query),
    ...(classes === undefined ? [] : [anyOf('ot.operation.class', classes)]),
    ...withinDate('@timestamp', query),
    ...ofAsset(looked, ends),
    ...mentions(text, looked, ends, (word) => [term('event.id', word)]),
  ]
  // Nor is what the sensor says of itself.
  return { bool: { filter, must_not: [term('event.dataset', 'ot.sensor')] } }
}

export function conversationFilter(query: ConversationQuery, looked: Looked): Body {
  return both([...scopeOf(query), ...ofAsset(looked, ends), ...mentions(query.text, looked, ends)])
}

/** Typed names are among the words of an asset. */
export function assetFilter(query: TextQuery): Body {
  const looked = { asset: undefined, named: () => [] }
  return both([...scopeOf(query), ...mentions(query.text, looked, parties)])
}

export function auditFilter(query: AuditQuery): Body {
  const { actions } = query
  const any = actions === undefined ? [] : [anyOf('ot.audit.action', actions)]
  return both([...scopeOf(query), ...any])
}
