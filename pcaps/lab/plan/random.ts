/**
 * The only source of chance in the plan: everything a recording shows that is not time comes from
 * one seed, so that a second seed gives another plant with the same story.
 */

export type Random = {
  /** A number in [0, 1). */
  readonly next: () => number
  /** A whole number in [low, high]. */
  readonly whole: (low: number, high: number) => number
  readonly pick: <T>(list: readonly T[]) => T
  /** So many different members of the list, in an order of their own. */
  readonly some: <T>(list: readonly T[], count: number) => T[]
  /** A stream of its own, so that adding a question in one place changes no answer in another. */
  readonly branch: (name: string) => Random
}

/** mulberry32: its low bits are as good as its high ones, which a linear generator's are not. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** FNV-1a, to turn the name of a branch into a seed. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return value
}

export function random(seed: number): Random {
  const next = mulberry32(seed)
  const whole = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  const pick = <T>(list: readonly T[]): T => {
    const chosen = list[whole(0, list.length - 1)]
    if (chosen === undefined) throw new Error('cannot pick from an empty list')
    return chosen
  }
  const some = <T>(list: readonly T[], count: number): T[] => {
    const left = [...list]
    const chosen: T[] = []
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(whole(0, left.length - 1), 1))
    }
    return chosen
  }
  const branch = (name: string): Random => random((seed ^ hash(name)) >>> 0)
  return { next, whole, pick, some, branch }
}
