/**
 * Who makes way when a table is full: the hand goes round over its places and takes the least of
 * a few neighbours. Where none of them is cheap it goes on, with the looks that it saved before;
 * so those that count are passed over, and still no eviction costs a scan.
 */

/** Neighbours that are compared. */
const SAMPLE = 16
/** Looks that may be saved: so many neighbours that all count lose none of them. */
const SAVED_MAX = 65_536
/** Between the classes of what is weighed; within one, time decides. */
const CLASS = 1e16

/** Over; only attempted; nobody answered; then what counts. */
export const OVER = 0
export const ATTEMPT = 1
export const ONE_SIDED = 2
export const UNREAD = 3
export const VALUED = 4

/** Of two of one class the one that was silent longest is worth less. */
export function weight(kind: number, last: number): number {
  return kind * CLASS + last
}

export class Hand {
  #at = 0
  #saved = SAVED_MAX

  /** The place that makes way, or -1; what is not in use weighs `Infinity`. */
  choose(places: number, weigh: (place: number) => number): number {
    let victim = -1
    let least = Infinity
    let looks = 0
    while (looks < places && (looks < SAMPLE || (least >= VALUED * CLASS && this.#saved > 0))) {
      if (this.#at >= places) this.#at = 0
      const weight = weigh(this.#at)
      if (weight < least) {
        least = weight
        victim = this.#at
      }
      this.#at++
      looks++
      if (looks > SAMPLE) this.#saved--
    }
    if (looks <= SAMPLE) this.#saved = Math.min(SAVED_MAX, this.#saved + SAMPLE)
    return victim
  }
}
