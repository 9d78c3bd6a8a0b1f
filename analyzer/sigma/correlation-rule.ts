/** The `correlation` of a rule file, read (Sigma 2.1.0, correlation rules). */
import type { InputErrors } from '../input/errors.ts'
import { entry, textOf, textsOf, type YamlMap, type YamlNode } from '../input/yaml.ts'
import type { Bound, Correlation } from './correlation.ts'
import { fieldOf } from './fields.ts'
import { unknownField } from './unknown-field.ts'
import { correlationTypes } from './schema.ts'

/** µs in each unit of `timespan`. */
const units: Readonly<Record<string, number>> = {
  s: 1e6,
  m: 60e6,
  h: 3600e6,
  d: 86_400e6,
  w: 7 * 86_400e6,
}

const bounds: readonly Bound[] = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq']

export function readCorrelation(
  node: YamlMap,
  document: unknown,
  errors: InputErrors,
): Correlation | undefined {
  const type = correlationTypes.find((name) => name === textOf(entry(node, 'type')?.value))
  const span = /^([0-9]+)([smhdw])$/.exec(textOf(entry(node, 'timespan')?.value))
  const rules = textsOf(entry(node, 'rules')?.value)
  if (!type || !span || rules.length === 0) return undefined
  const condition = entry(node, 'condition')?.value
  const field = entry(condition, 'field')?.value
  const named = field?.kind === 'scalar' ? [textOf(field)] : textsOf(field)
  const aliases = readAliases(entry(node, 'aliases')?.value)
  const written = bounds.flatMap((bound) => {
    const value = entry(condition, bound)?.value
    return value?.kind === 'scalar' ? [{ bound, value: Number(value.value) }] : []
  })
  const needsField = type === 'value_count' || type === 'value_sum' || type === 'value_avg'
  if (needsField && named.length === 0) {
    const message = `\`${type}\` counts the values of a field, and none is named`
    errors.add((condition ?? node).at, 'sigma-correlation', message, 'Add `field:`.')
  }
  const temporal = type === 'temporal' || type === 'temporal_ordered'
  if (written.length === 0 && !temporal) {
    const remedy = 'Add `condition:` with gt, gte, lt, lte, eq or neq.'
    errors.add(node.at, 'sigma-correlation', `\`${type}\` has no threshold`, remedy)
  }
  checkFields(node, aliases, errors)
  return {
    type,
    rules,
    groupBy: textsOf(entry(node, 'group-by')?.value),
    timespan: Number(span[1]) * units[span[2]!]!,
    bounds: written.length > 0 ? written : [{ bound: 'gte', value: rules.length }],
    field: named,
    aliases,
    generate: generates(document),
  }
}

/** The schema has `generate` at the top, common use within the correlation. */
function generates(document: unknown): boolean {
  const rule = document as { generate?: unknown; correlation?: { generate?: unknown } }
  return rule.generate === true || rule.correlation?.generate === true
}

function readAliases(node: YamlNode | undefined): Correlation['aliases'] {
  const entries = node?.kind === 'map' ? node.entries : []
  return new Map(
    entries.map(({ key, value }) => {
      const rules = value.kind === 'map' ? value.entries : []
      return [key.text, new Map(rules.map((rule) => [rule.key.text, textOf(rule.value)]))]
    }),
  )
}

function checkFields(node: YamlMap, aliases: Correlation['aliases'], errors: InputErrors): void {
  const condition = entry(node, 'condition')?.value
  for (const parent of [entry(node, 'group-by')?.value, entry(condition, 'field')?.value]) {
    for (const one of parent?.kind === 'list' ? parent.items : parent ? [parent] : []) {
      if (one.kind !== 'scalar' || aliases.has(one.text) || fieldOf(one.text)) continue
      unknownField(one.text, one.at, errors)
    }
  }
}
