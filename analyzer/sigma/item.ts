/**
 * One line of a detection: a field, its modifiers, its values (Sigma specification 2.1.0, rules,
 * Detection and modifiers appendix). Every modifier is understood or refused; none is ignored.
 */
import type { InputErrors } from '../input/errors.ts'
import type { YamlEntry, YamlNode, YamlScalar } from '../input/yaml.ts'
import type { Doc, FieldValue } from '../facts.ts'
import { comparisonTest, datePart } from './number.ts'
import { encode } from './encoding.ts'
import { cidrTest } from './cidr.ts'
import { regexTest } from './regex.ts'
import { fail, modify, type Line, type Side } from './modifiers.ts'
import {
  compilePattern,
  fold,
  foldPattern,
  hasWildcard,
  literalOf,
  openEnds,
  parsePattern,
  withDashes,
  type Pattern,
  type TextTest,
} from './pattern.ts'

export interface Item {
  /** '' where the values are searched in every field (keywords). */
  readonly field: string
  /** Fields that it looks at. */
  readonly fields: readonly string[]
  readonly key: YamlScalar | undefined
  readonly test: (doc: Doc) => boolean
  /**
   * Where set, the item can only be true of a document whose field has one of these texts, case
   * taken away: by it a rule is found without being asked.
   */
  readonly exact: readonly string[] | undefined
}

export type Scalar = string | number | boolean
type ScalarTest = (value: Scalar) => boolean

/** A field with its values; undefined after an error. */
export function compileItem(given: YamlEntry, errors: InputErrors): Item | undefined {
  const [field = '', ...names] = given.key.text.split('|')
  const values = scalarsOf(given.value, errors)
  if (!values) return undefined
  if (values.length === 0) {
    const remedy = 'Write the values, or `null` for a field that is absent.'
    errors.add(given.value.at, 'sigma-value', `\`${given.key.text}\` has no value`, remedy)
    return undefined
  }
  return compileLine(field, given.key, names, values, errors)
}

/** Values without a field: searched in every value of the document. */
export function compileKeywords(
  values: readonly YamlScalar[],
  errors: InputErrors,
): Item | undefined {
  return compileLine('', undefined, [], values, errors)
}

function scalarsOf(node: YamlNode, errors: InputErrors): YamlScalar[] | undefined {
  const nodes = node.kind === 'list' ? node.items : [node]
  const values: YamlScalar[] = []
  for (const value of nodes) {
    if (value.kind === 'scalar') {
      values.push(value)
      continue
    }
    const remedy = 'Write plain values; several fields belong beside each other in one map.'
    errors.add(value.at, 'sigma-value', `a ${value.kind} is no value of a field`, remedy)
  }
  return values.length === nodes.length ? values : undefined
}

function compileLine(
  field: string,
  key: YamlScalar | undefined,
  names: readonly string[],
  values: readonly YamlScalar[],
  errors: InputErrors,
): Item | undefined {
  const line: Line = {
    field,
    key,
    values,
    mode: { kind: 'text' },
    all: false,
    cased: false,
    negated: false,
    part: undefined,
    side: undefined,
    encodings: [],
    errors,
    failed: false,
  }
  names.forEach((name, index) => modify(line, name, index))
  if (line.failed) return undefined
  const built = build(line)
  if (!built || line.failed) return undefined
  const { test, exact } = built
  const fields = line.mode.kind === 'fieldref' ? values.map(({ text }) => text) : []
  if (field !== '') fields.unshift(field)
  return {
    field,
    fields,
    key,
    test: line.negated ? (doc) => !test(doc) : test,
    exact: line.negated || field === '' ? undefined : exact,
  }
}

interface Built {
  readonly test: (doc: Doc) => boolean
  exact: readonly string[] | undefined
}

function build(line: Line): Built | undefined {
  switch (line.mode.kind) {
    case 'exists':
      return buildExists(line)
    case 'fieldref':
      return buildFieldref(line)
    case 'text':
      return buildText(line)
    case 'regex':
    case 'cidr':
    case 'number':
      return buildTests(line)
  }
}

function buildExists(line: Line): Built | undefined {
  const [value, second] = line.values
  if (second || typeof value?.value !== 'boolean') {
    fail(line, '`exists` takes true or false', 'Write `true` or `false`.', second ?? value)
    return undefined
  }
  const wanted = value.value
  return { test: (doc) => isPresent(doc[line.field]) === wanted, exact: undefined }
}

function buildFieldref(line: Line): Built | undefined {
  const tests = line.values.map((value): ((doc: Doc) => boolean) => {
    if (typeof value.value !== 'string' || hasWildcard(parsePattern(value.text))) {
      fail(line, '`fieldref` takes the name of a field', 'Write one, without wildcards.', value)
    }
    const compare = compareTexts(line.side)
    const ready = (text: Scalar) => (line.cased ? String(text) : fold(String(text)))
    return (doc) =>
      anyOf(doc[value.text], (other) =>
        anyOf(doc[line.field], (own) => compare(ready(own), ready(other))),
      )
  })
  return { test: joined(tests, line.all), exact: undefined }
}

function compareTexts(side: Side | undefined): (own: string, other: string) => boolean {
  if (side === 'contains') return (own, other) => own.includes(other)
  if (side === 'startswith') return (own, other) => own.startsWith(other)
  if (side === 'endswith') return (own, other) => own.endsWith(other)
  return (own, other) => own === other
}

/** Regular expressions, networks and comparisons: one test of a value for each value written. */
function buildTests(line: Line): Built | undefined {
  const tests: ((doc: Doc) => boolean)[] = []
  for (const value of line.values) {
    const test = scalarTest(line, value)
    if (typeof test === 'string') fail(line, test, 'Change the value or the modifier.', value)
    else tests.push((doc) => inField(doc, line.field, test))
  }
  return { test: joined(tests, line.all), exact: undefined }
}

function scalarTest(line: Line, value: YamlScalar): ScalarTest | string {
  const { mode } = line
  if (mode.kind === 'regex') return regexTest(value, mode.flags)
  if (mode.kind === 'cidr') return cidrTest(value)
  if (mode.kind !== 'number') return 'no test'
  const test = comparisonTest(mode.comparison, value)
  const { part } = line
  if (typeof test === 'string' || !part) return test
  return (scalar) => {
    const number = datePart(part, scalar)
    return number !== undefined && test(number)
  }
}

function buildText(line: Line): Built | undefined {
  let exact: string[] | undefined = []
  const tests: ((doc: Doc) => boolean)[] = []
  for (const value of line.values) {
    if (value.value === null) {
      exact = undefined
      const null_ = nullTest(line, value)
      if (null_) tests.push(null_)
      continue
    }
    const patterns = patternsOf(line, value)
    if (!patterns) return undefined
    for (const pattern of patterns) {
      const literal = line.field === '' ? undefined : literalOf(pattern)
      if (literal === undefined) exact = undefined
      else exact?.push(fold(literal))
    }
    tests.push(textTest(line, patterns))
  }
  const literals = exact && !line.cased && !line.all ? new Set(exact) : undefined
  if (!literals) return { test: joined(tests, line.all), exact }
  // The most common item by far: a list of plain values.
  const test: ScalarTest = (value) => literals.has(fold(String(value)))
  return { test: (doc) => inField(doc, line.field, test), exact }
}

function nullTest(line: Line, value: YamlScalar): ((doc: Doc) => boolean) | undefined {
  if (line.field !== '' && !line.side && line.encodings.length === 0) {
    return (doc) => !isPresent(doc[line.field])
  }
  fail(line, '`null` cannot be searched for', 'Write text, or a field alone with `null`.', value)
  return undefined
}

/** The patterns of one value: one, or several that mean the same in other encodings. */
function patternsOf(line: Line, value: YamlScalar): Pattern[] | undefined {
  const isText = typeof value.value === 'string'
  if (!isText && (line.side || line.encodings.length > 0)) {
    const name = line.side ?? line.encodings[0]!
    const message = `\`${name}\` works on text, and ${value.text} is a ${typeof value.value}`
    fail(line, message, 'Put it in quotes.', value)
    return undefined
  }
  // 64-bit numbers are kept by their source text only.
  const exactly = typeof value.value === 'number' && !Number.isSafeInteger(value.value)
  if (!isText) {
    const texts = exactly ? [value.text] : [value.text, String(value.value)]
    const wrapped = [...new Set(texts)].map((text): Pattern => [text])
    return line.field === '' ? wrapped.map((pattern) => openEnds(pattern, true, true)) : wrapped
  }
  const encoded = encode([parsePattern(value.text)], line.encodings, withDashes)
  if (typeof encoded === 'string') {
    fail(line, encoded, 'Take the wildcard out, or escape it with `\\`.', value)
    return undefined
  }
  const before = line.field === '' || line.side === 'contains' || line.side === 'endswith'
  const after = line.field === '' || line.side === 'contains' || line.side === 'startswith'
  return encoded.map((pattern) => openEnds(pattern, before, after))
}

function textTest(line: Line, patterns: readonly Pattern[]): (doc: Doc) => boolean {
  const tests: TextTest[] = patterns.map((pattern) =>
    compilePattern(line.cased ? pattern : foldPattern(pattern)),
  )
  const one: ScalarTest = (value) => {
    const text = line.cased ? String(value) : fold(String(value))
    return tests.some((test) => test(text))
  }
  return (doc) => inField(doc, line.field, one)
}

function joined(tests: readonly ((doc: Doc) => boolean)[], all: boolean): (doc: Doc) => boolean {
  if (tests.length === 1) return tests[0]!
  if (all) return (doc) => tests.every((test) => test(doc))
  return (doc) => tests.some((test) => test(doc))
}

/** A field, or without one every value of the document; arrays match if any member does. */
function inField(doc: Doc, field: string, test: ScalarTest): boolean {
  if (field !== '') return anyOf(doc[field], test)
  for (const name in doc) if (anyOf(doc[name], test)) return true
  return false
}

function anyOf(value: FieldValue | undefined, test: ScalarTest): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'object') return value.some(test)
  return test(value)
}

/** An empty list is an absent field, as the stores have it. */
function isPresent(value: FieldValue | undefined): boolean {
  return value !== undefined && value !== null && (typeof value !== 'object' || value.length > 0)
}
