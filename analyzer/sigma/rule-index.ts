/** Finds the rules that a document may match, without asking each of them. */
import type { Doc, FieldValue } from '../facts.ts'
import type { Phase } from './fields.ts'
import { datasets } from './logsource.ts'
import type { Witness } from './match.ts'
import { fold } from './pattern.ts'
import type { SigmaRule } from './rule.ts'

interface Indexed {
  readonly rule: SigmaRule
  /** Order of the rule files, in which matches are told. */
  readonly order: number
  /** Number of the document that it was last asked of: several values may find it. */
  asked: number
}

interface Route {
  /** Rules that nothing can find: asked of every document. */
  readonly open: Indexed[]
  /** Field, then text, case folded. */
  readonly found: Map<string, Map<string, Indexed[]>>
}

export class RuleIndex {
  readonly #routes = new Map<string, Route>()
  readonly #rules: readonly SigmaRule[]
  #documents = 0

  constructor(rules: readonly SigmaRule[]) {
    this.#rules = rules
    for (const phase of ['request', 'value', 'answer'] as const) {
      const own = rules.filter((rule) => rule.phase === phase)
      const names = new Set(own.flatMap((rule) => datasets(rule.logsource)))
      // `every` also stands for the datasets that no rule names.
      for (const name of [...names, 'every']) {
        const asked = own.filter(({ logsource }) => {
          const about = datasets(logsource)
          return about === 'every' || about.includes(name)
        })
        if (asked.length > 0) this.#routes.set(`${phase} ${name}`, this.#route(asked))
      }
    }
  }

  match(doc: Doc, phase: Phase): SigmaRule[] {
    const dataset = doc['event.dataset']
    const route =
      this.#routes.get(`${phase} ${String(dataset)}`) ?? this.#routes.get(`${phase} every`)
    if (!route) return []
    const document = ++this.#documents
    const matches: Indexed[] = []
    for (const indexed of route.open) {
      if (indexed.rule.detection!.test(doc)) matches.push(indexed)
    }
    for (const [field, texts] of route.found) {
      const value = doc[field]
      if (value === undefined || value === null) continue
      if (typeof value !== 'object') this.#ask(texts, value, doc, document, matches)
      else for (const member of value) this.#ask(texts, member, doc, document, matches)
    }
    if (matches.length > 1) matches.sort((a, b) => a.order - b.order)
    return matches.map(({ rule }) => rule)
  }

  #ask(
    texts: ReadonlyMap<string, Indexed[]>,
    value: FieldValue,
    doc: Doc,
    document: number,
    matches: Indexed[],
  ): void {
    for (const indexed of texts.get(fold(String(value))) ?? []) {
      if (indexed.asked === document) continue
      indexed.asked = document
      if (indexed.rule.detection!.test(doc)) matches.push(indexed)
    }
  }

  #route(rules: readonly SigmaRule[]): Route {
    const route: Route = { open: [], found: new Map() }
    const crowds = crowding(rules)
    for (const rule of rules) {
      const indexed: Indexed = { rule, order: this.#rules.indexOf(rule), asked: 0 }
      const witness = rarest(rule.detection!.witnesses, crowds)
      if (!witness) route.open.push(indexed)
      for (const { field, text } of witness ?? []) {
        const texts = route.found.get(field) ?? new Map<string, Indexed[]>()
        route.found.set(field, texts)
        const list = texts.get(text) ?? []
        texts.set(text, list)
        if (!list.includes(indexed)) list.push(indexed)
      }
    }
    return route
  }
}

/** How many rules a text of a field would find: one shared by all rules finds nothing. */
function crowding(rules: readonly SigmaRule[]): Map<string, number> {
  const crowds = new Map<string, number>()
  for (const rule of rules) {
    for (const { field, text } of new Set(rule.detection!.witnesses.flat())) {
      const key = `${field}\u0000${text}`
      crowds.set(key, (crowds.get(key) ?? 0) + 1)
    }
  }
  return crowds
}

function rarest(
  witnesses: readonly Witness[],
  crowds: ReadonlyMap<string, number>,
): Witness | undefined {
  const cost = (witness: Witness) =>
    witness.reduce((sum, { field, text }) => sum + (crowds.get(`${field}\u0000${text}`) ?? 0), 0)
  return witnesses.toSorted((a, b) => cost(a) - cost(b))[0]
}
