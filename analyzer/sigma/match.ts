/**
 * Detections compiled to tests of a document: maps are all of their lines, lists any of their
 * members, plain values stand for a search in every field (Sigma 2.1.0, rules, Detection).
 */
import type { InputErrors } from '../input/errors.ts'
import type { YamlNode, YamlScalar } from '../input/yaml.ts'
import type { Doc } from '../facts.ts'
import type { Condition } from './condition.ts'
import { compileItem, compileKeywords, type Item } from './item.ts'

type Part =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Part[] }
  | { readonly kind: 'not'; readonly part: Part }
  | { readonly kind: 'item'; readonly item: Item }

export interface Found {
  readonly field: string
  readonly value: string
}

/** At least one of these must hold, or the rule cannot match: a field and a text, case folded. */
export type Witness = readonly { readonly field: string; readonly text: string }[]

export interface Detection {
  readonly items: readonly Item[]
  readonly test: (doc: Doc) => boolean
  /** Fields that made it match, with the value seen. */
  readonly explain: (doc: Doc) => Found[]
  /** Sets of which one is enough to find the rule by; empty: the rule has to be asked always. */
  readonly witnesses: readonly Witness[]
}

export type Selections = ReadonlyMap<string, Part>

/** One named part of a detection; undefined after an error. */
export function compileSelection(node: YamlNode, errors: InputErrors): Part | undefined {
  if (node.kind === 'scalar') return keywords([node], errors)
  if (node.kind === 'map') {
    if (node.entries.length === 0) return empty(node, errors)
    const items = node.entries.map((entry) => compileItem(entry, errors))
    return join(
      'all',
      items.map((item) => item && { kind: 'item', item }),
    )
  }
  if (node.items.length === 0) return empty(node, errors)
  const parts: (Part | undefined)[] = []
  const words = node.items.filter((item): item is YamlScalar => item.kind === 'scalar')
  if (words.length > 0) parts.push(keywords(words, errors))
  for (const item of node.items) {
    if (item.kind === 'map') parts.push(compileSelection(item, errors))
    else if (item.kind === 'list') {
      errors.add(item.at, 'sigma-detection', 'a list within a list', 'Write maps or plain values.')
      parts.push(undefined)
    }
  }
  return join('any', parts)
}

function keywords(values: readonly YamlScalar[], errors: InputErrors): Part | undefined {
  const item = compileKeywords(values, errors)
  return item && { kind: 'item', item }
}

function empty(node: YamlNode, errors: InputErrors): undefined {
  errors.add(node.at, 'sigma-detection', 'this part of the detection is empty', 'Fill it in.')
  return undefined
}

function join(kind: 'all' | 'any', parts: readonly (Part | undefined)[]): Part | undefined {
  const whole = parts.filter((part) => part !== undefined)
  if (whole.length < parts.length) return undefined
  return whole.length === 1 ? whole[0] : { kind, parts: whole }
}

export function compileDetection(condition: Condition, selections: Selections): Detection {
  const part = resolve(condition, selections)
  const items: Item[] = []
  collect(part, items)
  return {
    items,
    test: testOf(part),
    explain: (doc) => unique(explain(part, doc)),
    witnesses: witnesses(part),
  }
}

function resolve(condition: Condition, selections: Selections): Part {
  switch (condition.op) {
    case 'is': {
      const part = selections.get(condition.name)
      return part ?? { kind: 'any', parts: [] }
    }
    case 'not':
      return { kind: 'not', part: resolve(condition.item, selections) }
    default: {
      const parts = condition.items.map((item) => resolve(item, selections))
      return { kind: condition.op === 'and' ? 'all' : 'any', parts }
    }
  }
}

function collect(part: Part, items: Item[]): void {
  if (part.kind === 'item') items.push(part.item)
  else if (part.kind === 'not') collect(part.part, items)
  else for (const inner of part.parts) collect(inner, items)
}

function testOf(part: Part): (doc: Doc) => boolean {
  if (part.kind === 'item') return (doc) => part.item.test(doc)
  if (part.kind === 'not') {
    const inner = testOf(part.part)
    return (doc) => !inner(doc)
  }
  const tests = part.parts.map(testOf)
  if (part.kind === 'all') {
    return (doc) => {
      for (const test of tests) if (!test(doc)) return false
      return true
    }
  }
  return (doc) => {
    for (const test of tests) if (test(doc)) return true
    return false
  }
}

/** What is denied is no reason that a person could look at: only what was found is said. */
function explain(part: Part, doc: Doc): Found[] {
  if (part.kind === 'not') return []
  if (part.kind !== 'item') return part.parts.flatMap((inner) => explain(inner, doc))
  const { item } = part
  if (!item.test(doc) || item.field === '') return []
  const value = doc[item.field]
  if (value === undefined || value === null) return []
  return [{ field: item.field, value: typeof value === 'object' ? value.join(', ') : `${value}` }]
}

function unique(found: readonly Found[]): Found[] {
  return [...new Map(found.map((one) => [one.field, one])).values()]
}

function witnesses(part: Part): Witness[] {
  if (part.kind === 'not') return []
  if (part.kind === 'item') {
    const { field, exact } = part.item
    return exact ? [exact.map((text) => ({ field, text }))] : []
  }
  if (part.kind === 'all') return part.parts.flatMap(witnesses)
  // Any of several parts: a witness for each of them, together.
  const each = part.parts.map((inner) => shortest(witnesses(inner)))
  if (each.some((witness) => witness === undefined)) return []
  return [each.flatMap((witness) => witness ?? [])]
}

function shortest(all: readonly Witness[]): Witness | undefined {
  return all.toSorted((a, b) => a.length - b.length)[0]
}
