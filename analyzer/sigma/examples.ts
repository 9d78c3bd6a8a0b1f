/** Examples that stand in a rule file: documents that the rule must match, and near misses. */
import type { Doc, Facts, FieldValue } from '../facts.ts'
import type { InputErrors } from '../input/errors.ts'
import { entry, type YamlMap, type YamlNode, type YamlScalar } from '../input/yaml.ts'
import { fieldOf } from './fields.ts'
import { unknownField } from './unknown-field.ts'

export interface Example {
  readonly name: string
  readonly match: boolean
  /** In the order of their time; one where the rule is no correlation. */
  readonly documents: readonly Doc[]
  readonly line: number
}

export function readExamples(node: YamlNode | undefined, errors: InputErrors): Example[] {
  const examples: Example[] = []
  for (const item of node?.kind === 'list' ? node.items : []) {
    const name = entry(item, 'name')?.value
    const match = entry(item, 'match')?.value
    const one = entry(item, 'document')?.value
    const several = entry(item, 'documents')?.value
    if (!one === !several) {
      const remedy = 'Write either `document` or `documents`.'
      errors.add(item.at, 'sigma-example', 'an example needs its document', remedy)
      continue
    }
    const nodes = several?.kind === 'list' ? several.items : one ? [one] : []
    const documents = nodes.map((document) => {
      const doc: Facts = {}
      if (document.kind === 'map') flatten(document, '', doc, errors)
      return doc
    })
    examples.push({
      name: name?.kind === 'scalar' ? name.text : '',
      match: match?.kind === 'scalar' && match.value === true,
      documents,
      line: item.at.line,
    })
  }
  return examples
}

/** Fields may be written dotted or nested; both are the same record. */
function flatten(node: YamlMap, prefix: string, into: Facts, errors: InputErrors): void {
  for (const { key, value } of node.entries) {
    const name = `${prefix}${key.text}`
    if (value.kind === 'map') flatten(value, `${name}.`, into, errors)
    else {
      if (!fieldOf(name)) unknownField(name, key.at, errors)
      const found = value.kind === 'scalar' ? scalar(value) : scalars(value.items)
      if (found !== undefined) into[name] = found
    }
  }
}

function scalar(node: YamlScalar): string | number | boolean | undefined {
  return node.value ?? undefined
}

function scalars(nodes: readonly YamlNode[]): FieldValue {
  return nodes.flatMap((node) => (node.kind === 'scalar' ? (scalar(node) ?? []) : []))
}
