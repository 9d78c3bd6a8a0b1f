/**
 * Entries of the baseline as text: `operation 10.1.2.3 -> 10.1.3.4 modbus "Read Coils"`. A person
 * reads and approves them, a file holds them, so text is their only form; names from the wire are
 * quoted where they could be taken for more than one word.
 */
import { hash } from 'node:crypto'

/** What `ot.baseline.first_seen` can say (fields.md), and the level where each means something. */
export const items = {
  talker: 'pair',
  port: 'pair',
  'client-of-class': 'pair',
  operation: 'pair',
  target: 'pair',
  identity: 'pair',
  security: 'pair',
  'topic-branch': 'pair',
  service: 'server',
  unit: 'server',
  anomaly: 'server',
  'payload-type': 'server',
  'client-id': 'site',
  certificate: 'site',
  binding: 'site',
} as const
export type Item = keyof typeof items

/** Register tables (MAP 4.3): their targets are ranges, and a part of a known range is known. */
const RANGE = /^(.* (?:coil|discrete|input|holding|fifo)):(\d{1,5})(?:-(\d{1,5}))?$/

export interface Span {
  /** Everything before the addresses. */
  readonly prefix: string
  readonly first: number
  readonly last: number
}

/** Names longer than this are told apart by a hash: a topic may have 65,535 bytes. */
const WORD_CHARS_MAX = 160

const PLAIN = /^[!#-~][!-~]*$/
const UNSAFE = /[\p{C}\p{Z}]/gu

/** One word of an entry: as it is, or quoted as JSON is. */
export function word(text: string): string {
  const short = text.length > WORD_CHARS_MAX ? shortened(text) : text
  if (PLAIN.test(short)) return short
  return quoted(short)
}

/** JSON, with everything that does not print escaped too. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(UNSAFE, (character) =>
    character === ' ' ? character : escaped(character),
  )
}

function escaped(character: string): string {
  let text = ''
  for (let at = 0; at < character.length; at++) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }
  return text
}

function shortened(text: string): string {
  return `${text.slice(0, WORD_CHARS_MAX - 20)}...${hash('sha256', text, 'hex').slice(0, 16)}`
}

export function pairEntry(item: Item, client: string, server: string, rest: string): string {
  return rest === '' ? `${item} ${client} -> ${server}` : `${item} ${client} -> ${server} ${rest}`
}

export interface Parsed {
  readonly item: Item
  readonly client: string
  readonly server: string
  readonly rest: string
}

/** Undefined where the text is no entry. */
export function parseEntry(entry: string): Parsed | undefined {
  const [item, ...rest] = words(entry)
  if (item === undefined || !Object.hasOwn(items, item)) return undefined
  const name = item as Item
  switch (items[name]) {
    case 'pair': {
      const [client, arrow, server, ...what] = rest
      if (client === undefined || arrow !== '->' || server === undefined) return undefined
      if (what.length === 0 && name !== 'talker') return undefined
      return { item: name, client, server, rest: what.join(' ') }
    }
    case 'server': {
      const [server, ...what] = rest
      if (server === undefined || what.length === 0) return undefined
      return { item: name, client: '', server, rest: what.join(' ') }
    }
    case 'site':
      if (rest.length === 0) return undefined
      return { item: name, client: '', server: '', rest: rest.join(' ') }
  }
}

/** The words as they are written: quoted ones keep their quotes. */
export function words(entry: string): string[] {
  const found: string[] = []
  let at = 0
  while (at < entry.length) {
    const end = entry[at] === '"' ? quoteEnd(entry, at) : spaceAfter(entry, at)
    found.push(entry.slice(at, end))
    at = end + 1
  }
  return found
}

function spaceAfter(entry: string, from: number): number {
  const space = entry.indexOf(' ', from)
  return space < 0 ? entry.length : space
}

function quoteEnd(entry: string, from: number): number {
  for (let at = from + 1; at < entry.length; at++) {
    if (entry[at] === '\\') at++
    else if (entry[at] === '"') return at + 1
  }
  return entry.length
}

export function spanOf(entry: string): Span | undefined {
  if (!entry.startsWith('target ')) return undefined
  const match = RANGE.exec(entry)
  if (match === null) return undefined
  const first = Number(match[2])
  const last = match[3] === undefined ? first : Number(match[3])
  return last < first || last > 65_535 ? undefined : { prefix: match[1]!, first, last }
}

export function spanText({ prefix, first, last }: Span): string {
  return first === last ? `${prefix}:${first}` : `${prefix}:${first}-${last}`
}
