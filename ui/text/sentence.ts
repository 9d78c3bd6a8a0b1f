/** Sentences of the console that are made, not given: parties, classes, verdicts, health. */
import type { FindingState, Health, Party, Severity } from '../../analyzer/api/schema.ts'
import { count, plural, share } from './number.ts'

/** What a party is called: the plant's name when it is known, else its address. */
export function partyName(party: Party): string {
  return party.name || party.ip || party.mac || 'unknown'
}

/** The part of a party that its name does not say. */
export function partyAddress(party: Party): string {
  const address = party.ip || party.mac
  return party.name === '' || party.name === address ? '' : address
}

export interface Piece {
  text: string
  strong: boolean
}

/** Cuts a sentence where the given names stand in it, so that they can be set strong. */
export function emphasise(sentence: string, names: readonly string[]): Piece[] {
  const wanted = names.filter((name) => name !== '').sort((a, b) => b.length - a.length)
  const pieces: Piece[] = []
  let at = 0
  let from = 0
  const push = (text: string, strong: boolean): void => {
    if (text !== '') pieces.push({ text, strong })
  }
  while (at < sentence.length) {
    const name = wanted.find(
      (item) => sentence.startsWith(item, at) && isolated(sentence, at, item),
    )
    if (name === undefined) {
      at++
      continue
    }
    push(sentence.slice(from, at), false)
    push(name, true)
    at += name.length
    from = at
  }
  push(sentence.slice(from), false)
  return pieces
}

const word = /[\p{L}\p{N}]/u

/** `10.0.0.1` is not named in `10.0.0.12`. */
function isolated(sentence: string, at: number, name: string): boolean {
  const before = sentence[at - 1] ?? ' '
  const after = sentence[at + name.length] ?? ' '
  return !word.test(before) && !word.test(after)
}

/** Strongest first, as fields.md lists them; `read`, `publish` and the rest follow. */
const classOrder = ['program', 'control', 'command', 'write', 'read', 'publish', 'deliver']

export function byClass(operations: Record<string, number>): [string, number][] {
  const rank = (name: string): number => {
    const at = classOrder.indexOf(name)
    return at === -1 ? classOrder.length : at
  }
  return Object.entries(operations)
    .filter(([, value]) => value > 0)
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
}

export const stateWords: Readonly<Record<FindingState, string>> = {
  open: 'open',
  acknowledged: 'acknowledged',
  escalated: 'escalated',
  closed: 'closed',
}

/**
 * What of these is high or critical, in words; '' when nothing is. One whose severity is not
 * known may be.
 */
export function severeWords(known: readonly Severity[], all: number): string {
  const critical = known.filter((severity) => severity === 'critical').length
  const high = known.filter((severity) => severity === 'high').length
  if (all === 1 && known.length === 1) {
    return critical + high === 0 ? '' : `a ${known[0]} finding`
  }
  const counted = [
    ...(critical > 0 ? [`${count(critical)} critical`] : []),
    ...(high > 0 ? [`${count(high)} high`] : []),
  ]
  if (counted.length > 0) return `${plural(all, 'finding')}, ${counted.join(' and ')}`
  return known.length < all ? plural(all, 'finding') : ''
}

/** What is bounded says so: the packets kept, where a finding repeated more often; '' else. */
export function keptWords(packets: number, repeats: number): string {
  if (packets === 0 || repeats <= packets) return ''
  return `Kept are the first ${plural(packets, 'packet')} of ${plural(repeats, 'repeat')}.`
}

/** The API's words end with a stop, as those of the console do. */
export function stopped(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`
}

/** Share of what the sensor recognised that it decoded, over all protocols; null: none seen. */
export function decodedShare(health: Health): number | null {
  let messages = 0
  let decoded = 0
  for (const row of health.coverage) {
    messages += row.messages
    decoded += row.messages * row.decoded
  }
  return messages === 0 ? null : decoded / messages
}

/** Packets per second while it captures; else what became of the capture. */
export function rateWords(health: Health): string {
  if (health.state === 'running') {
    const rate = `${count(health.packets_per_second)} packets/s`
    return health.mode === 'file' ? `replay, ${rate}` : rate
  }
  return health.mode === 'live' || health.state !== 'finished'
    ? `capture ${health.state}`
    : 'replay finished'
}

export function lostWords(lost: number | null): string {
  if (lost === null) return 'loss not known'
  return lost === 0 ? 'none lost' : `${count(lost)} lost`
}

/** While it learns, what is new raises nothing: a quiet list says less. */
export function learningWords(health: Health): string {
  return health.phase === 'learning' ? 'learning' : ''
}

export function decodedWords(health: Health): string {
  const decoded = decodedShare(health)
  return decoded === null ? 'nothing to decode' : `${share(decoded)} decoded`
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** For an empty list: what the sensor can vouch for. */
export function vouch(health: Health | undefined, packets: string): string {
  if (health === undefined) return 'The sensor has not reported yet.'
  const names = health.coverage.filter((row) => row.messages > 0).map((row) => row.protocol)
  if (health.packets === 0) return 'The sensor has seen no packet yet: check the mirror port.'
  const loss =
    health.lost === null
      ? 'cannot say whether any were lost'
      : health.lost === 0
        ? 'lost none'
        : `lost ${count(health.lost)}`
  const decoded = decodedShare(health)
  const read =
    decoded === null
      ? 'and recognised no industrial protocol in them'
      : `and decoded ${share(decoded)} of the ${listed(names)} it saw`
  return `The sensor saw ${packets} packets, ${loss}, ${read}.`
}
