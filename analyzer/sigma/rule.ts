/**
 * A Sigma rule as the engine holds it, and how one document of a rule file becomes one. Errors of
 * a document are collected, not thrown; a document with errors makes no rule.
 */
import { hash } from 'node:crypto'
import { severities, type Severity } from '../findings/finding.ts'
import { check } from '../input/check.ts'
import { unknownField } from './unknown-field.ts'
import { closest } from '../input/closest.ts'
import { InputErrors } from '../input/errors.ts'
import type { InputError } from '../input/input.ts'
import {
  entry,
  plain,
  textOf,
  textsOf,
  type YamlMap,
  type YamlNode,
  type YamlScalar,
} from '../input/yaml.ts'
import { isConditionError, parseCondition, type Condition } from './condition.ts'
import type { Correlation } from './correlation.ts'
import { readCorrelation } from './correlation-rule.ts'
import { readExamples, type Example } from './examples.ts'
import { fieldOf, type Phase } from './fields.ts'
import { datasets, serviceNames, type Logsource } from './logsource.ts'
import { compileDetection, compileSelection, type Detection } from './match.ts'
import { CorrelationRule, DetectionRule } from './schema.ts'

export interface SigmaRule {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly level: Severity
  readonly tags: readonly string[]
  readonly description: string
  readonly falsePositives: readonly string[]
  readonly logsource: Logsource
  /** Hash of the document: a changed rule is another version. */
  readonly version: string
  readonly file: string
  readonly line: number
  /** What to look at first. */
  readonly check: readonly string[]
  /** Fields that make two matches two findings, beside source and destination. */
  readonly subject: readonly string[]
  /** Sentence with `{source}`, `{destination}`, `{field}`; '' where the title has to do. */
  readonly summary: string
  /** True of the plant as built: tag `fieldtap.posture`. */
  readonly posture: boolean
  /** ATT&CK for ICS techniques among the tags, `T1692.001`. */
  readonly techniques: readonly string[]
  /** Fields that decide whether it matches. */
  readonly fields: ReadonlySet<string>
  /** When it can be asked: the latest phase of its fields. */
  readonly phase: Phase
  readonly examples: readonly Example[]
  readonly detection?: Detection
  readonly correlation?: Correlation
}

const phases: readonly Phase[] = ['request', 'value', 'answer']

export interface ReadRule {
  readonly rule?: SigmaRule
  readonly errors: readonly InputError[]
}

export function readRule(node: YamlNode, file: string): ReadRule {
  const errors = new InputErrors(file)
  if (node.kind !== 'map') {
    errors.add(node.at, 'sigma-rule', 'this is no rule', 'Begin with `title:`.')
    return { errors: errors.all }
  }
  if (entry(node, 'filter') || entry(node, 'action')) {
    const key = (entry(node, 'filter') ?? entry(node, 'action'))!.key
    const message = `documents with \`${key.text}\` are not supported`
    errors.add(key.at, 'sigma-rule', message, 'Write the condition into the rule itself.')
    return { errors: errors.all }
  }
  const isCorrelation = entry(node, 'correlation') !== undefined
  const schema = isCorrelation ? CorrelationRule : DetectionRule
  errors.all.push(...check(node, schema, file))
  nearMisses(node, Object.keys(schema.properties), errors)
  const rule = isCorrelation ? correlationRule(node, errors) : detectionRule(node, errors)
  if (rule && errors.all.length === 0) return { rule, errors: [] }
  return { errors: errors.all.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

/** Custom keys are allowed, but `falsepositive:` was not meant to be one. */
function nearMisses(node: YamlMap, known: readonly string[], errors: InputErrors): void {
  const given = node.entries.map(({ key }) => key.text)
  for (const { key } of node.entries) {
    if (known.includes(key.text)) continue
    const near = closest(key.text, known)
    if (!near || given.includes(near)) continue
    const message = `\`${key.text}\` is not known`
    errors.add(key.at, 'unknown-key', message, `Did you mean \`${near}\`?`)
  }
}

function detectionRule(node: YamlMap, errors: InputErrors): SigmaRule | undefined {
  const detection = entry(node, 'detection')?.value
  if (detection?.kind !== 'map') return undefined
  const compiled = readDetection(detection, errors)
  const logsource = readLogsource(entry(node, 'logsource')?.value, errors)
  // A rule for other sources may name what it likes: it is inactive here, and said to be.
  const slipped = errors.all.some(({ code }) => code === 'sigma-logsource')
  if (slipped || datasets(logsource).length > 0) {
    for (const { key, value } of detection.entries) {
      if (key.text !== 'condition') knownFields(value, errors)
    }
  }
  if (!compiled) return undefined
  const fields = new Set(compiled.items.flatMap((item) => item.fields))
  const searches = compiled.items.some((item) => item.field === '')
  return { ...head(node, errors, fields, searches), logsource, detection: compiled }
}

function correlationRule(node: YamlMap, errors: InputErrors): SigmaRule | undefined {
  const given = entry(node, 'correlation')?.value
  if (given?.kind !== 'map') return undefined
  const correlation = readCorrelation(given, plain(node), errors)
  if (!correlation) return undefined
  const fields = new Set([...correlation.groupBy, ...correlation.field])
  return { ...head(node, errors, fields, false), logsource: {}, correlation }
}

function readDetection(node: YamlMap, errors: InputErrors): Detection | undefined {
  const parts: [string, ReturnType<typeof compileSelection>][] = []
  for (const { key, value } of node.entries) {
    if (key.text === 'condition') continue
    if (key.text === 'timeframe') {
      const remedy = 'Write a correlation rule with `timespan`.'
      errors.add(key.at, 'sigma-detection', '`timeframe` is no part of Sigma 2', remedy)
    } else if (!/^[A-Za-z0-9_-]+$/.test(key.text)) {
      const message = `\`${key.text}\` cannot be named in a condition`
      errors.add(key.at, 'sigma-detection', message, 'Use letters, digits, `_` and `-`.')
    } else parts.push([key.text, compileSelection(value, errors)])
  }
  const condition = readCondition(
    entry(node, 'condition')?.value,
    parts.map(([name]) => name),
    errors,
  )
  const selections = new Map<string, NonNullable<ReturnType<typeof compileSelection>>>()
  for (const [name, part] of parts) if (part) selections.set(name, part)
  if (!condition || selections.size < parts.length) return undefined
  return compileDetection(condition, selections)
}

function readCondition(
  node: YamlNode | undefined,
  names: readonly string[],
  errors: InputErrors,
): Condition | undefined {
  const nodes = node?.kind === 'list' ? node.items : node ? [node] : []
  const conditions: Condition[] = []
  for (const one of nodes) {
    if (one.kind !== 'scalar' || typeof one.value !== 'string') return undefined
    const condition = parseCondition(one.text, names)
    if (isConditionError(condition)) {
      const { at, message, remedy } = condition
      errors.add(within(one, at), 'sigma-condition', message, remedy)
    } else conditions.push(condition)
  }
  if (conditions.length === 0 || conditions.length < nodes.length) return undefined
  return conditions.length === 1 ? conditions[0] : { op: 'or', items: conditions }
}

/** Place inside a scalar of one line; a folded one is pointed at as a whole. */
function within({ at, quoted, text }: YamlScalar, offset: number) {
  if (text.includes('\n')) return at
  return { line: at.line, column: at.column + offset + (quoted ? 1 : 0) }
}

function readLogsource(node: YamlNode | undefined, errors: InputErrors): Logsource {
  const text = (name: string): string | undefined => {
    const value = entry(node, name)?.value
    return value?.kind === 'scalar' && typeof value.value === 'string' ? value.value : undefined
  }
  const category = text('category')
  const product = text('product')
  const service = text('service')
  if (service !== undefined && category === 'network' && !serviceNames.includes(service)) {
    const near = closest(service, serviceNames)
    const { value, key } = entry(node, 'service')!
    const message = `the service \`${service}\` is not one of ours`
    // What Sigma's own taxonomy has, such as dns, is inactive; a slip of the pen is an error.
    if (near) {
      const at = value.kind === 'scalar' ? value.at : key.at
      errors.add(at, 'sigma-logsource', message, `Did you mean \`${near}\`?`)
    }
  }
  return {
    ...(category === undefined ? {} : { category }),
    ...(product === undefined ? {} : { product }),
    ...(service === undefined ? {} : { service }),
  }
}

/** Names of fields wherever a detection has them, whatever else may be wrong with it. */
function knownFields(node: YamlNode, errors: InputErrors): void {
  if (node.kind === 'list') for (const item of node.items) knownFields(item, errors)
  if (node.kind !== 'map') return
  for (const { key, value } of node.entries) {
    const [name = '', ...modifiers] = key.text.split('|')
    if (name !== '' && !fieldOf(name)) unknownField(name, key.at, errors)
    if (!modifiers.includes('fieldref')) continue
    for (const one of value.kind === 'list' ? value.items : [value]) {
      const other = textOf(one)
      if (other !== '' && !fieldOf(other)) unknownField(other, one.at, errors)
    }
  }
}

/** What every rule has. Values that the schema refused are left out: there is no rule then. */
function head(
  node: YamlMap,
  errors: InputErrors,
  fields: ReadonlySet<string>,
  searches: boolean,
): Omit<SigmaRule, 'logsource'> {
  const own = entry(node, 'fieldtap')?.value
  const tags = textsOf(entry(node, 'tags')?.value)
  const title = textOf(entry(node, 'title')?.value)
  const name = textOf(entry(node, 'name')?.value)
  const subject = entry(own, 'subject')?.value
  if (subject?.kind === 'list') {
    for (const { kind, at, ...rest } of subject.items) {
      if (kind === 'scalar' && 'text' in rest && !fieldOf(rest.text)) {
        unknownField(rest.text, at, errors)
      }
    }
  }
  const asked = textOf(entry(own, 'phase')?.value)
  const fromFields = [...fields].map((field) => fieldOf(field)?.phase ?? 'request')
  const latest = [asked, searches ? 'answer' : '', ...fromFields]
  return {
    id: textOf(entry(node, 'id')?.value) || name || `${errors.file}:${node.at.line}`,
    name,
    title,
    level: severities.find((level) => level === textOf(entry(node, 'level')?.value)) ?? 'medium',
    tags,
    description: textOf(entry(node, 'description')?.value).trim(),
    falsePositives: textsOf(entry(node, 'falsepositives')?.value),
    version: hash('sha256', JSON.stringify(plain(node)), 'hex').slice(0, 12),
    file: errors.file,
    line: node.at.line,
    check: textsOf(entry(own, 'check')?.value),
    subject: textsOf(subject),
    summary: textOf(entry(own, 'summary')?.value).trim(),
    posture: tags.includes('fieldtap.posture'),
    techniques: tags.flatMap((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1] ?? []),
    fields,
    phase: phases.findLast((phase) => latest.includes(phase)) ?? 'request',
    examples: readExamples(entry(own, 'examples')?.value, errors),
  }
}
