/**
 * Between which adapters, under which VLANs and in which tunnels: the same for all flows of a pair
 * of hosts, so a flow keeps a number only. Nothing is known of a link beyond the bound, and that
 * is counted.
 */
import type { Labels } from '../operation.ts'
import { macText } from '../packet/address.ts'
import { labelsOf } from '../packet/labels.ts'
import type { Packet } from '../packet/packet.ts'

/** A plant has hundreds; only forged adapters come to this many. */
const LINKS_MAX = 65_536

export interface Link {
  readonly low: string
  readonly high: string
  readonly vlans: readonly number[]
  /** What the way to the mirror wrote on its packets. */
  readonly labels: Labels | undefined
}

const UNKNOWN: Link = { low: '', high: '', vlans: [], labels: undefined }

export class Links {
  refused = 0
  readonly #links: Link[] = [UNKNOWN]
  readonly #numbers = new Map<string, number>()

  /** Number of the packet's link, 0 where there is no room for it. */
  of(p: Packet, fromLow: boolean): number {
    const source = macText(p.bytes, p.sourceMac)
    const destination = macText(p.bytes, p.destinationMac)
    const low = fromLow ? source : destination
    const high = fromLow ? destination : source
    const vlans = p.vlans()
    const labels = labelsOf(p)
    const more = labels === undefined ? '' : JSON.stringify(labels)
    const key = `${low} ${high} ${vlans.join()} ${more}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    if (this.#links.length >= LINKS_MAX) {
      this.refused++
      return 0
    }
    this.#numbers.set(key, this.#links.length)
    return this.#links.push({ low, high, vlans, labels }) - 1
  }

  at(number: number): Link {
    return this.#links[number] ?? UNKNOWN
  }
}
