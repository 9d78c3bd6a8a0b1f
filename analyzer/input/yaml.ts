/**
 * YAML 1.2 as an operator writes it: composed from the parser's events, so that every scalar keeps
 * its source text (`00000429` and 64-bit integers survive) and every node its place in the file.
 * Core schema (YAML 1.2.2 section 10.3); anchors, aliases and merge keys are refused, for a review
 * of a rule or a policy must see what is written where it applies.
 */
import { EVENT_ID, SCALAR_STYLE, YAMLException, getScalarValue, parseEvents } from 'js-yaml'
import type { Event, ScalarEvent } from 'js-yaml'
import type { InputError } from './input.ts'

export interface Place {
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface YamlScalar {
  readonly kind: 'scalar'
  /** As written, quotes and escapes undone. */
  readonly text: string
  readonly value: string | number | boolean | null
  readonly quoted: boolean
  readonly at: Place
}

export interface YamlEntry {
  readonly key: YamlScalar
  readonly value: YamlNode
}

export interface YamlMap {
  readonly kind: 'map'
  readonly entries: readonly YamlEntry[]
  readonly at: Place
}

export interface YamlList {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
  readonly at: Place
}

export type YamlNode = YamlMap | YamlList | YamlScalar

export interface YamlFile {
  /** One per document. */
  nodes: YamlNode[]
  /** The first. */
  node?: YamlNode
  errors: InputError[]
}

/** A learned baseline of a large plant is some megabytes; more is not a file a person reviews. */
const YAML_CHARS_MAX = 64 * 1024 * 1024
/** Rules nest some seven deep; recursion below follows this. */
export const YAML_DEPTH_MAX = 50

export function parseYaml(text: string, file: string): YamlFile {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text
  if (source.length > YAML_CHARS_MAX) {
    const message = `the file has ${source.length} characters, more than ${YAML_CHARS_MAX}`
    const remedy = 'Split it into several files.'
    return { nodes: [], errors: [{ file, line: 1, column: 1, code: 'yaml-size', message, remedy }] }
  }
  const events = eventsOf(source, file)
  if (!Array.isArray(events)) return { nodes: [], errors: [events] }
  const composer = new Composer(source, file, events)
  const nodes = composer.documents()
  const [node] = nodes
  return node ? { nodes, node, errors: composer.errors } : { nodes, errors: composer.errors }
}

function eventsOf(source: string, file: string): Event[] | InputError {
  try {
    return parseEvents(source, { filename: file, maxDepth: YAML_DEPTH_MAX })
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    const line = (error.mark?.line ?? 0) + 1
    const column = (error.mark?.column ?? 0) + 1
    return {
      file,
      line,
      column,
      code: 'yaml-syntax',
      message: `not YAML: ${error.reason}`,
      remedy: 'Check indentation (spaces, no tabs), quotes and colons here and on the line before.',
    }
  }
}

/** The same as ordinary values; maps have no prototype, so no key is special. */
export function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value
    case 'list':
      return node.items.map(plain)
    case 'map': {
      const object = Object.create(null) as Record<string, unknown>
      for (const { key, value } of node.entries) object[key.text] = plain(value)
      return object
    }
  }
}

export function entry(node: YamlNode | undefined, name: string): YamlEntry | undefined {
  if (node?.kind !== 'map') return undefined
  return node.entries.find(({ key }) => key.text === name)
}

/** Text of a scalar as written; '' where there is none. */
export function textOf(node: YamlNode | undefined): string {
  return node?.kind === 'scalar' && node.value !== null ? node.text : ''
}

export function textsOf(node: YamlNode | undefined): string[] {
  return node?.kind === 'list' ? node.items.map(textOf) : []
}

class Composer {
  readonly errors: InputError[] = []
  readonly #source: string
  readonly #file: string
  readonly #events: Event[]
  readonly #lineStarts: number[]
  #next = 0
  #last = 0

  constructor(source: string, file: string, events: Event[]) {
    this.#source = source
    this.#file = file
    this.#events = events
    this.#lineStarts = lineStarts(source)
  }

  documents(): YamlNode[] {
    const nodes: YamlNode[] = []
    while (this.#next < this.#events.length) {
      this.#next++
      const node = this.#node()
      if (node) nodes.push(node)
      this.#next++
    }
    return nodes
  }

  #node(): YamlNode | undefined {
    const event = this.#events[this.#next++]!
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#scalar(event)
      case EVENT_ID.ALIAS:
        return this.#alias(event.anchorStart)
      case EVENT_ID.SEQUENCE:
        this.#plainNode(event)
        return this.#list(this.#place(event.start))
      case EVENT_ID.MAPPING:
        this.#plainNode(event)
        return this.#map(this.#place(event.start))
      default:
        // An empty document: leave its end to documents().
        this.#next--
        return undefined
    }
  }

  #list(at: Place): YamlList {
    const items: YamlNode[] = []
    while (this.#events[this.#next]!.type !== EVENT_ID.POP) {
      const item = this.#node()
      if (item) items.push(item)
    }
    this.#next++
    return { kind: 'list', items, at }
  }

  #map(at: Place): YamlMap {
    const entries = new Map<string, YamlEntry>()
    while (this.#events[this.#next]!.type !== EVENT_ID.POP) {
      const key = this.#node()
      const value = this.#node()
      if (!key || !value) continue
      if (key.kind !== 'scalar') {
        this.#error(key.at, 'yaml-key', 'a list or map is used as a key', 'Use plain text as key.')
        continue
      }
      const first = entries.get(key.text)
      if (first) {
        const message = `\`${key.text}\` is given twice, first on line ${first.key.at.line}`
        this.#error(key.at, 'yaml-duplicate', message, 'Keep one of them.')
        continue
      }
      entries.set(key.text, { key, value })
    }
    this.#next++
    return { kind: 'map', entries: [...entries.values()], at }
  }

  #scalar(event: ScalarEvent): YamlScalar {
    const forced = this.#plainNode(event)
    const start = this.#scalarStart(event)
    if (event.valueStart >= 0) this.#last = event.valueEnd
    const at = this.#place(start)
    const text = event.valueStart < 0 ? '' : getScalarValue(this.#source, event)
    const quoted = event.style !== SCALAR_STYLE.PLAIN
    return { kind: 'scalar', text, value: quoted || forced ? text : coreValue(text), quoted, at }
  }

  /** A quoted scalar begins at its quote, a block at its first line, an empty one after its key. */
  #scalarStart({ style, valueStart }: ScalarEvent): number {
    if (valueStart < 0) return this.#last
    const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED
    return quoted ? valueStart - 1 : valueStart
  }

  #alias(start: number): YamlScalar {
    const at = this.#place(start - 1)
    this.#error(at, 'yaml-alias', 'aliases are not allowed', 'Write the value out.')
    return { kind: 'scalar', text: '', value: null, quoted: false, at }
  }

  /** Says what else than a plain node this is; true: the tag `!!str` makes it text. */
  #plainNode(event: { anchorStart: number; tagStart: number; tagEnd: number }): boolean {
    if (event.anchorStart >= 0) {
      const at = this.#place(event.anchorStart - 1)
      this.#error(at, 'yaml-anchor', 'anchors are not allowed', 'Write the value where it is used.')
    }
    if (event.tagStart < 0) return false
    const tag = this.#source.slice(event.tagStart, event.tagEnd)
    if (tag === '!!str' || tag === '!') return true
    const at = this.#place(event.tagStart)
    this.#error(at, 'yaml-tag', `the tag \`${tag}\` is not allowed`, 'Leave it out.')
    return false
  }

  #error(at: Place, code: string, message: string, remedy: string): void {
    this.errors.push({ file: this.#file, line: at.line, column: at.column, code, message, remedy })
  }

  #place(offset: number): Place {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(0, offset - this.#lineStarts[low]!) + 1 }
  }
}

/** YAML 1.2.2 section 5.4: a line ends with CR LF, CR or LF. */
function lineStarts(source: string): number[] {
  const starts = [0]
  for (let at = 0; at < source.length; at++) {
    const code = source.charCodeAt(at)
    if (code === 10 || (code === 13 && source.charCodeAt(at + 1) !== 10)) starts.push(at + 1)
  }
  return starts
}

const NULL = /^(?:null|Null|NULL|~)?$/
const TRUE = /^(?:true|True|TRUE)$/
const FALSE = /^(?:false|False|FALSE)$/
const INTEGER = /^[-+]?[0-9]+$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BASED = /^0(?:o[0-7]+|x[0-9a-fA-F]+)$/
const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/

/** YAML 1.2.2 section 10.3.2, tag resolution of the core schema. */
export function coreValue(text: string): string | number | boolean | null {
  if (NULL.test(text)) return null
  if (TRUE.test(text)) return true
  if (FALSE.test(text)) return false
  if (INTEGER.test(text) || FLOAT.test(text) || BASED.test(text)) return Number(text)
  if (INFINITE.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (NOT_A_NUMBER.test(text)) return NaN
  return text
}
