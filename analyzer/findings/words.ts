/** The sentence of a finding: the plant's names where they are known, addresses where not. */
import type { Doc, FieldValue } from '../facts.ts'
import { limitWords } from './limits.ts'

/** A wire string in a sentence: long topics and node ids are cut, the record has them whole. */
const WORD_CHARS_MAX = 120

/** Control, bidirectional and zero-width characters, which would change what a reader sees. */
// oxlint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

export function printable(text: string): string {
  const shown = text.replace(HIDDEN, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `\\u{${code}}`
  })
  return shown.length > WORD_CHARS_MAX ? `${shown.slice(0, WORD_CHARS_MAX - 1)}…` : shown
}

export function fieldText(value: FieldValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? value.join(', ') : String(value)
}

/** Name, or else address of the source or destination. */
function partyText(doc: Doc, side: 'source' | 'destination'): string {
  const found = [`ot.${side}.asset.name`, `${side}.ip`, `${side}.mac`]
    .map((field) => fieldText(doc[field]))
    .find((text) => text !== '')
  return found === undefined ? 'an unknown host' : printable(found)
}

/**
 * `{source}`, `{destination}`, `{target}` (in words) or any field; what is absent is said to be.
 * A part in brackets, ` [(unit {modbus.unit_id})]`, is left out where its field is absent.
 */
export function sentence(template: string, doc: Doc): string {
  const whole = template.replace(/\[([^\]]*)\]/g, (_, part: string) => {
    const names = [...part.matchAll(/\{([^}]*)\}/g)].map((match) => match[1]!)
    return names.every((name) => put(name, doc) !== '') ? part : ''
  })
  const filled = whole.replace(/\{([^}]*)\}/g, (_, name: string) => put(name, doc) || 'unknown')
  return filled.replaceAll(/ {2,}/g, ' ').trim()
}

function put(name: string, doc: Doc): string {
  if (name === 'source' || name === 'destination') return partyText(doc, name)
  if (name === 'target') return targetText(doc['ot.operation.target'])
  const text = printable(fieldText(doc[name]))
  return name === 'ot.sensor.table' && text !== '' ? limitWords(text) : text
}

/** `holding:40-43` and its like (fields.md) as a person says it. */
export function targetText(value: FieldValue | undefined): string {
  if (value === undefined || value === null) return ''
  const targets = typeof value === 'object' ? value : [value]
  const [first, ...more] = targets.map((target) => one(String(target)))
  if (first === undefined) return ''
  const shown = printable(first)
  return more.length === 0 ? shown : `${shown} and ${more.length} more`
}

/** Kinds of target with a word for one and for several. */
const kinds: Readonly<Record<string, readonly [string, string]>> = {
  holding: ['register', 'registers'],
  input: ['input register', 'input registers'],
  coil: ['coil', 'coils'],
  discrete: ['discrete input', 'discrete inputs'],
  file: ['file', 'file'],
  fifo: ['FIFO', 'FIFO'],
  node: ['node', 'node'],
  method: ['method', 'method'],
  topic: ['topic', 'topic'],
  filter: ['topic filter', 'topic filter'],
  metric: ['metric', 'metric'],
}

function one(target: string): string {
  const colon = target.indexOf(':')
  const kind = kinds[target.slice(0, Math.max(0, colon))]
  if (!kind) return target
  const rest = target.slice(colon + 1)
  const range = /^[0-9]+-[0-9]+$/.test(rest)
  return `${range ? kind[1] : kind[0]} ${range ? rest.replace('-', '–') : rest}`
}
