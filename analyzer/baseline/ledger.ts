/**
 * The entries of a baseline, and what is asked of them: is this usual, who else does it. Bounded:
 * a full table refuses, counts, and what it refused stays new.
 */
import { Coverage } from './coverage.ts'
import { parseEntry, spanOf, spanText, words } from './entry.ts'
import type { Span } from './entry.ts'
import type { Claim } from './claims.ts'

/** A plant of ten thousand assets has some hundred thousand entries. */
export const ENTRIES_MAX = 500_000
/** Examples kept for the words of an explanation. */
const EXAMPLES_MAX = 5
/** Writers kept of one target: more are a crowd, and no writer is the usual one. */
const WRITERS_MAX = 8
/** Decisions that can be taken back exactly; older ones take the whole entry with them. */
const APPROVALS_MAX = 10_000

export class Ledger {
  refused = 0
  version = 1
  readonly #exact = new Set<string>()
  readonly #coverage = new Map<string, Coverage>()
  readonly #approvals = new Map<string, { added: readonly string[]; times: number }>()
  #examples = new Map<string, string[]>()
  /** Clients that write to a unit or server: `server protocol [unit n]`. */
  #writers = new Map<string, Set<string>>()
  #spans = 0

  has(claim: Claim): boolean {
    const { span, entry } = claim
    if (span === undefined) return this.#exact.has(entry)
    return this.#coverage.get(span.prefix)?.covers(span.first, span.last) ?? false
  }

  /** False where it was known, is no entry, or the table is full. */
  add(entry: string): boolean {
    const parsed = parseEntry(entry)
    if (parsed === undefined) return false
    const span = spanOf(entry)
    if (span === undefined ? this.#exact.has(entry) : this.#covers(span)) return false
    if (this.#exact.size + this.#spans >= ENTRIES_MAX) {
      this.refused++
      return false
    }
    if (span === undefined) this.#exact.add(entry)
    else if (!this.#addSpan(span)) {
      this.refused++
      return false
    }
    this.version++
    this.#index(entry)
    return true
  }

  remove(entry: string): boolean {
    const span = spanOf(entry)
    if (span === undefined) {
      if (!this.#exact.delete(entry)) return false
    } else {
      const coverage = this.#coverage.get(span.prefix)
      if (coverage === undefined) return false
      this.#spans -= coverage.ranges.length
      coverage.remove(span.first, span.last)
      this.#spans += coverage.ranges.length
      if (coverage.ranges.length === 0) this.#coverage.delete(span.prefix)
    }
    this.version++
    this.#examples = new Map()
    this.#writers = new Map()
    for (const left of this.entries()) this.#index(left)
    return true
  }

  /** Adds an entry by decision, remembering what it added, so that it can be taken back. */
  approve(entry: string): void {
    const known = this.#approvals.get(entry)
    if (known !== undefined) {
      known.times++
      return
    }
    const span = spanOf(entry)
    const gaps = span === undefined ? [] : this.#gaps(span)
    const wasThere = span === undefined && this.#exact.has(entry)
    this.add(entry)
    if (this.#approvals.size >= APPROVALS_MAX) return
    const added = wasThere ? [] : span === undefined ? [entry] : gaps
    this.#approvals.set(entry, { added, times: 1 })
  }

  /** Takes one decision back: what was learned, or approved twice, stays. */
  revoke(entry: string): boolean {
    const known = this.#approvals.get(entry)
    if (known === undefined) return this.remove(entry)
    known.times--
    if (known.times > 0) return true
    this.#approvals.delete(entry)
    for (const added of known.added) this.remove(added)
    return true
  }

  /** The parts of a range that are not known yet, as entries. */
  #gaps({ prefix, first, last }: Span): string[] {
    const gaps: string[] = []
    let from = first
    for (const range of this.#coverage.get(prefix)?.ranges ?? []) {
      if (range.last < from) continue
      if (range.first > last) break
      if (range.first > from) gaps.push(spanText({ prefix, first: from, last: range.first - 1 }))
      from = range.last + 1
    }
    if (from <= last) gaps.push(spanText({ prefix, first: from, last }))
    return gaps
  }

  *entries(): Generator<string> {
    yield* this.#exact
    for (const [prefix, { ranges }] of this.#coverage) {
      for (const { first, last } of ranges) yield spanText({ prefix, first, last })
    }
  }

  /** A few of those that did the like: `clients 10.1.3.4`, `class 10.1.3.4 modbus write`, … */
  examples(of: string): readonly string[] {
    return this.#examples.get(of) ?? []
  }

  /** Ranges known of one register table, for the words of an explanation. */
  ranges(prefix: string): readonly string[] {
    const ranges = this.#coverage.get(prefix)?.ranges ?? []
    const table = prefix.slice(prefix.lastIndexOf(' ') + 1)
    return ranges
      .slice(0, EXAMPLES_MAX)
      .map(({ first, last }) => spanText({ prefix: table, first, last }))
  }

  /** Another client that is known to write what this one is not known to. */
  otherWriter(claim: Claim): string | undefined {
    const place = this.has(claim) ? undefined : writePlace(claim.entry)
    if (place === undefined) return undefined
    const writers = this.#writers.get(place.key)
    for (const writer of writers ?? []) {
      if (writer === place.client) continue
      const { span } = claim
      const other = `target ${writer} -> ${place.rest}`
      if (span === undefined) {
        if (this.#exact.has(other)) return writer
        continue
      }
      const prefix = other.slice(0, other.lastIndexOf(':'))
      if (this.#coverage.get(prefix)?.overlaps(span.first, span.last) === true) return writer
    }
    return undefined
  }

  #covers({ prefix, first, last }: Span): boolean {
    return this.#coverage.get(prefix)?.covers(first, last) ?? false
  }

  #addSpan({ prefix, first, last }: Span): boolean {
    let coverage = this.#coverage.get(prefix)
    if (coverage === undefined) {
      coverage = new Coverage()
      this.#coverage.set(prefix, coverage)
    }
    const before = coverage.ranges.length
    if (!coverage.add(first, last)) return false
    this.#spans += coverage.ranges.length - before
    return true
  }

  #index(entry: string): void {
    const parsed = parseEntry(entry)
    if (parsed === undefined) return
    const { item, client, server, rest } = parsed
    switch (item) {
      case 'talker':
        return this.#example(`clients ${server}`, client)
      case 'client-of-class':
        return this.#example(`class ${server} ${rest}`, client)
      case 'operation': {
        const [protocol = '', ...action] = words(rest)
        return this.#example(`operations ${client} -> ${server} ${protocol}`, action.join(' '))
      }
      case 'binding': {
        const parts = words(rest)
        return this.#example(`bound ${parts.slice(0, -1).join(' ')}`, parts.at(-1) ?? '')
      }
      case 'certificate': {
        const [, print = '', ...owner] = words(rest)
        return this.#example(`certificate ${owner.join(' ')}`, print)
      }
      case 'topic-branch':
      case 'identity':
      case 'security':
      case 'port':
        return this.#example(`${item} ${client} -> ${server}`, rest)
      case 'target': {
        const place = writePlace(entry)
        if (place === undefined) return
        const writers = this.#writers.get(place.key) ?? new Set<string>()
        if (writers.size < WRITERS_MAX) writers.add(client)
        this.#writers.set(place.key, writers)
        return
      }
      default:
    }
  }

  #example(of: string, text: string): void {
    const list = this.#examples.get(of)
    if (list === undefined) this.#examples.set(of, [text])
    else if (list.length < EXAMPLES_MAX && !list.includes(text)) list.push(text)
  }
}

/** Who writes where: `server protocol [unit n] write`, and the entry without its client. */
function writePlace(entry: string): { key: string; client: string; rest: string } | undefined {
  if (!entry.startsWith('target ')) return undefined
  const [, client = '', , ...rest] = words(entry)
  if (rest.at(-2) !== 'write') return undefined
  return { key: rest.slice(0, -1).join(' '), client, rest: rest.join(' ') }
}
