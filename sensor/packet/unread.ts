/**
 * What is not read, by what it says it is: EtherType, LLC address, PPP protocol, IP protocol, link
 * type. Counted in place, as some of it is half of a plant's traffic (PROFINET).
 */
import { OTHER_ETHERTYPE, OTHER_LINK, OTHER_TRANSPORT } from './outcome.ts'

/** Numbers of other registries, told apart from EtherTypes by their upper bits. */
export const UNREAD_PPP = 0x10000
export const UNREAD_FAMILY = 0x20000
export const UNREAD_LLC = 0x30000

/** Kinds told apart in each table; a plant has a dozen, a scanner tries all. */
const KINDS_MAX = 64

class Table {
  rest = 0
  #used = 0
  #last = 0
  readonly #kinds = new Int32Array(KINDS_MAX)
  readonly #counts = new Float64Array(KINDS_MAX)

  add(kind: number): void {
    let at = this.#last
    if (at >= this.#used || this.#kinds[at] !== kind) at = this.#find(kind)
    if (at < 0) {
      this.rest++
      return
    }
    this.#last = at
    this.#counts[at]!++
  }

  #find(kind: number): number {
    for (let i = 0; i < this.#used; i++) if (this.#kinds[i] === kind) return i
    if (this.#used === KINDS_MAX) return -1
    this.#kinds[this.#used] = kind
    return this.#used++
  }

  /** The most frequent first. */
  list(name: (kind: number) => string): Record<string, number> {
    const rows = Array.from(this.#kinds.subarray(0, this.#used), (kind, i) => {
      return { kind, count: this.#counts[i] as number }
    })
    rows.sort((a, b) => b.count - a.count || a.kind - b.kind)
    const listed = rows.map(({ kind, count }) => [name(kind), count] as const)
    return Object.fromEntries(this.rest === 0 ? listed : [...listed, ['rest', this.rest]])
  }
}

/** Packets by kind; `rest` is what did not fit the table. */
export interface UnreadCounts {
  readonly etherTypes: Readonly<Record<string, number>>
  readonly transports: Readonly<Record<string, number>>
  readonly links: Readonly<Record<string, number>>
}

export class Unread {
  readonly #etherTypes = new Table()
  readonly #transports = new Table()
  readonly #links = new Table()

  /** False where the outcome is none of an unread packet. */
  add(outcome: number, kind: number): boolean {
    if (outcome === OTHER_ETHERTYPE) this.#etherTypes.add(kind)
    else if (outcome === OTHER_TRANSPORT) this.#transports.add(kind)
    else if (outcome === OTHER_LINK) this.#links.add(kind)
    else return false
    return true
  }

  counts(): UnreadCounts {
    return {
      etherTypes: this.#etherTypes.list(etherTypeName),
      transports: this.#transports.list((kind) => `ip-${kind}`),
      links: this.#links.list((kind) => `link-${kind}`),
    }
  }
}

/** `0x88cc`, `ppp-0xc021`, `family-7`, `llc-0x42`. */
function etherTypeName(kind: number): string {
  const number = kind & 0xffff
  const hex = (digits: number): string => `0x${number.toString(16).padStart(digits, '0')}`
  switch (kind & ~0xffff) {
    case UNREAD_PPP:
      return `ppp-${hex(4)}`
    case UNREAD_FAMILY:
      return `family-${number}`
    case UNREAD_LLC:
      return `llc-${hex(2)}`
    default:
      return hex(4)
  }
}
