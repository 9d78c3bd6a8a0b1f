/**
 * A file of an operator against its JSON Schema: every violation at once, each at the key or value
 * that is wrong and with what to do. The same schema is published, so an editor says the same. A
 * validator of plain values would lose the places, and stops at some number of errors.
 */
import assert from 'node:assert'
import type { InputError } from './input.ts'
import { closest } from './closest.ts'
import type { Place, YamlMap, YamlNode, YamlScalar } from './yaml.ts'

/** The keywords that our schemas use; the first use of another fails loudly (see `known`). */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly minProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly description?: string
}

const known = new Set(
  [
    '$schema $id $ref $defs title description default examples format type enum const anyOf oneOf',
    'allOf properties patternProperties additionalProperties required minProperties items minItems',
    'maxItems uniqueItems pattern minLength maxLength minimum maximum exclusiveMinimum',
    'exclusiveMaximum',
  ].flatMap((names) => names.split(' ')),
)

export function check(node: YamlNode, schema: object, file: string): InputError[] {
  const checker = new Checker(schema as Schema, file)
  checker.check(node, schema as Schema, [])
  return checker.problems.map(({ error }) => error)
}

/** Keys and `[index]` from the root. */
type Path = readonly string[]

interface Problem {
  readonly error: InputError
  readonly depth: number
}

class Checker {
  readonly problems: Problem[] = []
  readonly #verified = new WeakSet<Schema>()
  readonly #root: Schema
  readonly #file: string

  constructor(root: Schema, file: string) {
    this.#root = root
    this.#file = file
  }

  check(node: YamlNode, given: Schema, path: Path): void {
    const schema = this.#resolve(given)
    if (!this.#verified.has(schema)) {
      for (const keyword of Object.keys(schema)) assert(known.has(keyword), `keyword ${keyword}`)
      this.#verified.add(schema)
    }
    for (const part of schema.allOf ?? []) this.check(node, part, path)
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return this.#choice(node, choices, path, schema)
    if (schema.enum || 'const' in schema) {
      return this.#oneOf(node, schema.enum ?? [schema.const], path, schema)
    }
    if (!this.#type(node, schema, path)) return
    if (node.kind === 'map') this.#map(node, schema, path)
    else if (node.kind === 'list') this.#list(node.items, schema, path, node.at)
    else this.#scalar(node, schema, path)
  }

  #resolve(schema: Schema): Schema {
    if (!schema.$ref) return schema
    const name = schema.$ref.split('/').at(-1) ?? ''
    const found = this.#root.$defs?.[name]
    assert(found, `schema ${schema.$ref}`)
    return this.#resolve(found)
  }

  #type(node: YamlNode, schema: Schema, path: Path): boolean {
    if (schema.type === undefined) return true
    const types = typeof schema.type === 'string' ? [schema.type] : schema.type
    if (types.some((type) => isType(node, type))) return true
    const wanted = types.map((type) => typeNames[type] ?? type).join(' or ')
    const quote = types.includes('string') && node.kind === 'scalar' && node.value !== null
    const remedy = quote ? 'Put it in quotes.' : about(schema, example(path, wanted, types[0]))
    this.#add(node.at, path, 'type', `${name(path)} must be ${wanted}, not ${said(node)}`, remedy)
    return false
  }

  #map(node: YamlMap, schema: Schema, path: Path): void {
    const properties = schema.properties ?? {}
    const keys = new Set(node.entries.map(({ key }) => key.text))
    for (const required of schema.required ?? []) {
      if (keys.has(required)) continue
      const remedy = about(properties[required], this.#added(required, properties[required]))
      const message = `${name([...path, required])} is missing`
      this.#add(node.at, [...path, required], 'missing', message, remedy)
    }
    if (keys.size < (schema.minProperties ?? 0)) {
      this.#add(node.at, path, 'empty', `${name(path)} is empty`, about(schema, 'Fill it in.'))
    }
    for (const { key, value } of node.entries) {
      const inner = [...path, key.text]
      const found = Object.hasOwn(properties, key.text) ? properties[key.text] : undefined
      const matching = found ?? this.#pattern(schema, key.text)
      if (matching) this.check(value, matching, inner)
      else if (schema.additionalProperties === false) this.#unknown(key, schema, path)
      else if (typeof schema.additionalProperties === 'object') {
        this.check(value, schema.additionalProperties, inner)
      }
    }
  }

  /** With its value where there is but one, else with what it has to be. */
  #added(key: string, given: Schema | undefined): string {
    const schema = given === undefined ? {} : this.#resolve(given)
    const only = 'const' in schema ? [schema.const] : (schema.enum ?? [])
    const values = only.map((value) => `\`${key}: ${String(value)}\``)
    if (values.length > 0) return `Add ${values.join(' or ')}.`
    const kind = typeNames[typeof schema.type === 'string' ? schema.type : '']
    return kind === undefined ? `Add \`${key}\`.` : `Add \`${key}\`: ${kind}.`
  }

  #pattern(schema: Schema, key: string): Schema | undefined {
    const entries = Object.entries(schema.patternProperties ?? {})
    return entries.find(([pattern]) => compiled(pattern).test(key))?.[1]
  }

  #unknown(key: YamlScalar, schema: Schema, path: Path): void {
    const names = Object.keys(schema.properties ?? {})
    const near = closest(key.text, names)
    const shapes = Object.keys(schema.patternProperties ?? {})
    let remedy = near ? `Did you mean \`${near}\`?` : `Known here: ${names.join(', ')}.`
    if (names.length === 0) remedy = `Names here look like ${shapes.join(' or ')}.`
    const place = path.length === 0 ? '' : ` in ${name(path)}`
    const message = `\`${key.text}\` is not known${place}`
    this.#add(key.at, [...path, key.text], 'unknown-key', message, remedy)
  }

  #list(items: readonly YamlNode[], schema: Schema, path: Path, at: Place): void {
    const { minItems = 0, maxItems = Infinity } = schema
    if (items.length < minItems) {
      const remedy = about(schema, 'Add what is missing.')
      this.#add(at, path, 'items', `${name(path)} needs at least ${minItems} entries`, remedy)
    }
    if (items.length > maxItems) {
      const remedy = about(schema, 'Take some out.')
      this.#add(at, path, 'items', `${name(path)} may have ${maxItems} entries at most`, remedy)
    }
    const seen = new Set<string>()
    items.forEach((item, index) => {
      if (schema.uniqueItems && item.kind === 'scalar') {
        if (seen.has(item.text)) {
          const message = `\`${item.text}\` is given twice in ${name(path)}`
          this.#add(item.at, [...path, `[${index}]`], 'duplicate', message, 'Keep one of them.')
        }
        seen.add(item.text)
      }
      if (schema.items) this.check(item, schema.items, [...path, `[${index}]`])
    })
  }

  #scalar(node: YamlScalar, schema: Schema, path: Path): void {
    const { value } = node
    if (typeof value === 'string') {
      const { minLength = 0, maxLength = Infinity, pattern } = schema
      const remedy = about(schema, pattern ? `It has to look like ${pattern}.` : 'Change it.')
      if (value.length < minLength) {
        this.#add(node.at, path, 'length', `${name(path)} is too short`, remedy)
      } else if (value.length > maxLength) {
        const message = `${name(path)} is longer than ${maxLength} characters`
        this.#add(node.at, path, 'length', message, remedy)
      } else if (pattern !== undefined && !compiled(pattern).test(value)) {
        const message = `${name(path)} is not well formed: ${said(node)}`
        this.#add(node.at, path, 'pattern', message, remedy)
      }
    } else if (typeof value === 'number') this.#number(node, value, schema, path)
  }

  #number(node: YamlScalar, value: number, schema: Schema, path: Path): void {
    const { minimum = -Infinity, maximum = Infinity } = schema
    const { exclusiveMinimum: above = -Infinity, exclusiveMaximum: below = Infinity } = schema
    if (value >= minimum && value <= maximum && value > above && value < below) return
    if (value === Infinity || value === -Infinity) {
      if (above === -Infinity && below === Infinity) return
    }
    const limits = [
      minimum > -Infinity ? `at least ${minimum}` : '',
      above > -Infinity ? `more than ${above}` : '',
      maximum < Infinity ? `at most ${maximum}` : '',
      below < Infinity ? `less than ${below}` : '',
    ].filter((limit) => limit !== '')
    const message = `${name(path)} must be ${limits.join(' and ')}, not ${node.text}`
    this.#add(node.at, path, 'range', message, about(schema, 'Change it.'))
  }

  #oneOf(node: YamlNode, allowed: readonly unknown[], path: Path, schema: Schema): void {
    if (node.kind === 'scalar' && allowed.includes(node.value)) return
    const names = allowed.map(String)
    const near = node.kind === 'scalar' ? closest(node.text, names) : undefined
    const list = names.length === 1 ? names[0] : `one of ${names.join(', ')}`
    const remedy = near ? `Did you mean \`${near}\`?` : about(schema, `Write ${list}.`)
    this.#add(node.at, path, 'choice', `${name(path)} must be ${list}, not ${said(node)}`, remedy)
  }

  /** Of several shapes, what is wrong with the one that is nearest to what is written. */
  #choice(node: YamlNode, choices: readonly Schema[], path: Path, schema: Schema): void {
    const literals = choices.map((choice) => this.#resolve(choice))
    if (literals.every((choice) => 'const' in choice)) {
      return this.#oneOf(
        node,
        literals.map((choice) => choice.const),
        path,
        schema,
      )
    }
    const trials = choices.map((choice) => {
      const trial = new Checker(this.#root, this.#file)
      trial.check(node, choice, path)
      return trial.problems
    })
    if (trials.some((problems) => problems.length === 0)) return
    const deep = trials.filter((problems) => problems.every(({ depth }) => depth > path.length))
    const [best] = deep.toSorted((a, b) => a.length - b.length)
    if (best) {
      this.problems.push(...best)
      return
    }
    const must = / must be (.*), not /
    const shapes = trials.map(([first]) => must.exec(first?.error.message ?? '')?.[1] ?? '')
    const wanted = [...new Set(shapes.filter((shape) => shape !== ''))].join(' or ')
    if (wanted === '') this.problems.push(...trials[0]!)
    else {
      const message = `${name(path)} must be ${wanted}, not ${said(node)}`
      this.#add(node.at, path, 'type', message, about(schema, example(path, wanted)))
    }
  }

  #add(at: Place, path: Path, code: string, message: string, remedy: string): void {
    const { line, column } = at
    const error = { file: this.#file, line, column, code, message, remedy }
    this.problems.push({ error, depth: path.length })
  }
}

const patterns = new Map<string, RegExp>()

/** Patterns come from our own schemas, so there are few. */
function compiled(pattern: string): RegExp {
  const found = patterns.get(pattern) ?? new RegExp(pattern, 'u')
  patterns.set(pattern, found)
  return found
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'empty',
  array: 'a list',
  object: 'a map of names to values',
}

function isType(node: YamlNode, type: string): boolean {
  if (type === 'object') return node.kind === 'map'
  if (type === 'array') return node.kind === 'list'
  if (node.kind !== 'scalar') return false
  if (type === 'null') return node.value === null
  if (type === 'integer') return Number.isInteger(node.value)
  return typeof node.value === type
}

function said(node: YamlNode): string {
  if (node.kind === 'map') return 'a map'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'empty'
  const text = node.text.length > 60 ? `${node.text.slice(0, 60)}…` : node.text
  return typeof node.value === 'string' ? `\`${text}\`` : `the ${typeof node.value} ${text}`
}

const samples: Readonly<Record<string, string>> = {
  string: 'some text',
  number: '5',
  integer: '5',
  boolean: 'true',
  array: '[one, two]',
}

/** What to write, and where: of what has no words of its own. */
function example(path: Path, wanted: string, type = ''): string {
  const key = path.findLast((part) => !part.startsWith('['))
  const sample = samples[type]
  if (key === undefined || sample === undefined || path.at(-1) !== key) return `Write ${wanted}.`
  return `Write ${wanted}, as \`${key}: ${sample}\`.`
}

function about(schema: Schema | undefined, otherwise: string): string {
  return schema?.description ?? otherwise
}

function name(path: Path): string {
  if (path.length === 0) return 'the document'
  return `\`${path.join('.').replaceAll('.[', '[')}\``
}
