/**
 * What must balance, and whether it does: two sides of named counters, and what is left between
 * them. What is not accounted for is lost.
 */

export const identities = ['I1', 'I2', 'I3', 'I4', 'I5'] as const
export type IdentityId = (typeof identities)[number]

/** What each identity is about, in the order of the data. */
export const identityTitles: Readonly<Record<IdentityId, string>> = {
  I1: 'From the wire',
  I2: 'Packets',
  I3: 'Bytes',
  I4: 'Messages and operations',
  I5: 'Lost before the sensor',
}

export interface Term {
  readonly name: string
  readonly value: number
  /** What it is made of, where that was counted apart. */
  readonly of?: readonly Term[]
}

/** One equation of an identity. */
export interface Account {
  readonly identity: IdentityId
  /** Which of its equations. */
  readonly part: string
  /** What it says, in plain words. */
  readonly says: string
  readonly unit: string
  readonly left: readonly Term[]
  readonly right: readonly Term[]
  /** Left less right: what nobody can account for; undefined where that cannot be said. */
  readonly residue: number | undefined
  /** Why it cannot be said, or what is known instead; '' where nothing needs saying. */
  readonly reason: string
}

/** Counters by name; those that are absent count zero. */
export type Counts = Readonly<Record<string, number>>

/** A counter as a term: its name among the counters, and the word for it. */
export type Counted = readonly [counter: string, word: string]

export interface Equation {
  readonly identity: IdentityId
  readonly part: string
  readonly says: string
  readonly unit: string
  readonly left: readonly Counted[]
  readonly right: readonly Counted[]
  /** What has no fate yet. At the end of a run there is none, so none is subtracted then. */
  readonly waiting?: readonly Counted[]
  /** Counters of what a term is made of begin with this. */
  readonly kinds?: Readonly<Record<string, string>>
}

export function assess(equation: Equation, counts: Counts, ended: boolean): Account {
  const { identity, part, says, unit, kinds = {}, waiting = [] } = equation
  const term = ([counter, name]: Counted): Term => {
    const prefix = kinds[counter]
    const value = counts[counter] ?? 0
    const of = prefix === undefined ? [] : kindsOf(counts, prefix)
    return of.length === 0 ? { name, value } : { name, value, of }
  }
  const left = equation.left.map(term)
  const right = [...equation.right, ...(ended ? [] : waiting)].map(term)
  return { identity, part, says, unit, left, right, residue: sum(left) - sum(right), reason: '' }
}

export function sum(terms: readonly Term[]): number {
  let total = 0
  for (const { value } of terms) total += value
  return total
}

/** The most frequent first. */
function kindsOf(counts: Counts, prefix: string): Term[] {
  const found: Term[] = []
  for (const [counter, value] of Object.entries(counts)) {
    if (counter.startsWith(prefix)) found.push({ name: counter.slice(prefix.length), value })
  }
  return found.sort((a, b) => b.value - a.value)
}
