/**
 * Observations as they go to the store's thread and lie in its files: the names of the fields once
 * per shape, the values as one JSON array. So no field name can be found by a search, and a batch
 * is one text and one list of numbers, which cost a thread next to nothing to hand over.
 */
import type { Doc } from '../../facts.ts'
import { texts } from '../rows.ts'

/** Texts of one row, in the order in which they follow each other in `text`. */
const packedTexts = ['id', 'time', 'dataset', 'classes', 'source', 'target', 'body', 'folded']
export const TEXTS = packedTexts.length
/** Numbers of one row: hash of the id, sequence, whether it is an operation, shape. */
export const NUMBERS = 4

export interface Packed {
  /** Rows; their texts are behind each other in `text`. */
  rows: number
  /** The earliest and the latest time among them. */
  first: string
  last: string
  text: string
  /** Of each text, `TEXTS` a row; `ABSENT` for `folded` where it would be no use. */
  lengths: Int32Array
  numbers: Float64Array
  /** The names of each shape, as a JSON array; a row names one by its place here. */
  shapes: string[]
}

export const ABSENT = -1

export function pack(docs: readonly Doc[]): Packed {
  const lengths = new Int32Array(docs.length * TEXTS)
  const numbers = new Float64Array(docs.length * NUMBERS)
  const shapes = new Map<string, number>()
  const parts: string[] = []
  let [earliest, latest] = ['', '']
  docs.forEach((doc, row) => {
    const id = first(doc['event.id'])
    const names = JSON.stringify(Object.keys(doc))
    const body = JSON.stringify(Object.values(doc))
    const folded = foldedOf(body)
    const time = first(doc['@timestamp'])
    if (row === 0 || time < earliest) earliest = time
    if (time > latest) latest = time
    const columns = [
      id,
      time,
      first(doc['event.dataset']),
      ` ${texts(doc['ot.operation.class']).join(' ')} `,
      addressOf(doc, 'source'),
      addressOf(doc, 'destination'),
      body,
    ]
    columns.forEach((text, i) => {
      lengths[row * TEXTS + i] = text.length
      parts.push(text)
    })
    lengths[row * TEXTS + TEXTS - 1] = folded?.length ?? ABSENT
    if (folded !== undefined) parts.push(folded)
    const shape = shapes.get(names) ?? shapes.size
    shapes.set(names, shape)
    const sequence = Number(doc['event.sequence'] ?? 0)
    numbers.set([idHash(id), sequence, isOperation(doc) ? 1 : 0, shape], row * NUMBERS)
  })
  return {
    rows: docs.length,
    first: earliest,
    last: latest,
    text: parts.join(''),
    lengths,
    numbers,
    shapes: [...shapes.keys()],
  }
}

export function unpack(names: readonly string[], body: string): Doc {
  const values = JSON.parse(body) as Doc[string][]
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? '']))
}

/** What the sensor says of itself is no operation, nor is what has no action. */
function isOperation(doc: Doc): boolean {
  return doc['event.action'] !== undefined && doc['event.dataset'] !== 'ot.sensor'
}

const hexId = /^[0-9a-f]{32}$/
/** Bits of an id that are looked up: an index of integers is a third of one of texts. */
const HASH_DIGITS = 12

/** Ids of the sensor are hashes already; of any other id a hash is made (FNV-1a, 48 bits). */
export function idHash(id: string): number {
  if (hexId.test(id)) return Number.parseInt(id.slice(0, HASH_DIGITS), 16)
  let high = 0x811c9dc5
  let low = 0x811c9dc5
  for (let i = 0; i < id.length; i++) {
    high = Math.imul(high ^ id.charCodeAt(i), 0x01000193)
    low = Math.imul(low ^ (id.charCodeAt(i) + i), 0x01000193)
  }
  return (high >>> 16) * 2 ** 32 + (low >>> 0)
}

/** SQLite's own `lower` knows ASCII alone: what has more brings its lower case along. */
function foldedOf(body: string): string | undefined {
  return /[^\0-\x7f]/.test(body) ? body.toLowerCase() : undefined
}

/** As it stands in a body: a search looks for what JSON writes. */
export function packedWord(word: string): string {
  return JSON.stringify(word).slice(1, -1).toLowerCase()
}

/** Every address by which a row can be found; a MAC only where there is no IP behind it. */
function addressOf(doc: Doc, side: 'source' | 'destination'): string {
  const ip = first(doc[`${side}.ip`])
  if (ip !== '') return ip
  return first(doc[`${side}.mac`]).replaceAll('-', ':').toLowerCase()
}

function first(value: Doc[string] | undefined): string {
  return texts(value)[0] ?? ''
}
