/**
 * Modifiers of a detection item, read from left to right (Sigma specification 2.1.0, modifiers
 * appendix). What cannot be combined is said where it stands.
 */
import { closest } from '../input/closest.ts'
import type { InputErrors } from '../input/errors.ts'
import type { YamlScalar } from '../input/yaml.ts'
import type { Comparison, DatePart } from './number.ts'
import type { Encoding } from './encoding.ts'
import type { RegexFlags } from './regex.ts'

export type Mode =
  | { readonly kind: 'text' }
  | { readonly kind: 'regex'; readonly flags: RegexFlags }
  | { readonly kind: 'cidr' }
  | { readonly kind: 'number'; readonly comparison: Comparison }
  | { readonly kind: 'exists' }
  | { readonly kind: 'fieldref' }

export type Side = 'contains' | 'startswith' | 'endswith'

/** One line of a detection while it is read. */
export interface Line {
  readonly field: string
  readonly key: YamlScalar | undefined
  readonly values: readonly YamlScalar[]
  mode: Mode
  all: boolean
  cased: boolean
  negated: boolean
  part: DatePart | undefined
  side: Side | undefined
  /** Of the text, in the order written. */
  readonly encodings: Encoding[]
  readonly errors: InputErrors
  failed: boolean
}

const comparisons = new Set(['lt', 'lte', 'gt', 'gte'])
const dateParts = new Set(['minute', 'hour', 'day', 'week', 'month', 'year'])
const encodings = new Set(['base64', 'base64offset', 'wide', 'utf16le', 'utf16be', 'utf16'])
const sides = new Set(['contains', 'startswith', 'endswith'])
const regexFlags: Readonly<Record<string, keyof RegexFlags>> = {
  i: 'ignoreCase',
  ignorecase: 'ignoreCase',
  m: 'multiline',
  multiline: 'multiline',
  s: 'dotAll',
  dotall: 'dotAll',
}
const modifiers = [
  ...sides,
  ...comparisons,
  ...dateParts,
  ...encodings,
  'all',
  'cased',
  're',
  'i',
  'm',
  's',
  'cidr',
  'exists',
  'neq',
  'fieldref',
  'windash',
]

export function fail(line: Line, message: string, remedy: string, value?: YamlScalar): void {
  line.failed = true
  const at = value?.at ?? line.key?.at ?? line.values[0]!.at
  line.errors.add(at, 'sigma-modifier', message, remedy)
}

export function modify(line: Line, name: string, index: number): void {
  const flag = regexFlags[name]
  if (name === 'all') line.all = true
  else if (name === 'neq') line.negated = true
  else if (flag) addFlag(line, name, flag)
  else if (name === 're') {
    const flags = { ignoreCase: false, multiline: false, dotAll: false }
    if (index > 0) fail(line, '`re` is not the first modifier', 'Write it first.')
    line.mode = { kind: 'regex', flags }
  } else if (comparisons.has(name)) setMode(line, name, comparisonMode(name))
  else if (dateParts.has(name)) {
    setMode(line, name, comparisonMode('eq'))
    line.part = name as DatePart
  } else if (name === 'cidr' || name === 'exists' || name === 'fieldref') {
    setMode(line, name, { kind: name })
  } else modifyText(line, name)
}

function comparisonMode(comparison: string): Mode {
  return { kind: 'number', comparison: comparison as Comparison }
}

function modifyText(line: Line, name: string): void {
  if (name === 'cased' && line.mode.kind === 'text') line.cased = true
  else if (sides.has(name) && (line.mode.kind === 'text' || line.mode.kind === 'fieldref')) {
    if (line.side) fail(line, `\`${name}\` after \`${line.side}\``, 'Keep one of them.')
    line.side = name as Side
  } else if (encodings.has(name) || name === 'windash') {
    const plain = line.mode.kind === 'text' && !line.side
    const remedy = `Write \`${name}\` before \`contains\` and the like, on text only.`
    if (plain) line.encodings.push(name as Encoding)
    else fail(line, `\`${name}\` cannot be applied here`, remedy)
  } else if (name === 'expand') {
    const remedy = 'Write the values out.'
    fail(line, 'placeholders (`expand`) cannot be filled in', remedy)
  } else if (sides.has(name) || name === 'cased') {
    fail(line, `\`${name}\` works on text only`, 'Leave it out.')
  } else {
    const near = closest(name, modifiers)
    const remedy = near ? `Did you mean \`${near}\`?` : `Known are ${modifiers.join(', ')}.`
    fail(line, `the modifier \`${name}\` is not known`, remedy)
  }
}

function addFlag(line: Line, name: string, flag: keyof RegexFlags): void {
  if (line.mode.kind === 'regex') {
    line.mode = { kind: 'regex', flags: { ...line.mode.flags, [flag]: true } }
  } else fail(line, `\`${name}\` without \`re\``, 'Write `re` before it.')
}

function setMode(line: Line, name: string, mode: Mode): void {
  const after = line.part && mode.kind === 'number'
  if (line.field === '') {
    fail(line, `\`${name}\` needs a field`, 'Write the field before the `|`.')
  } else if (!after && (line.mode.kind !== 'text' || line.side || line.encodings.length > 0)) {
    fail(line, `\`${name}\` cannot follow the modifiers before it`, 'Keep one of them.')
  } else line.mode = mode
}
