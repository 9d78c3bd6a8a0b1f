/** The known name that a person most probably meant, or none. */
export function closest(typed: string, known: Iterable<string>): string | undefined {
  const wanted = typed.toLowerCase()
  let best: string | undefined
  // A third of the letters may be wrong; beyond that a suggestion misleads more than it helps.
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of known) {
    const distance = edits(wanted, name.toLowerCase(), least)
    if (distance < least) {
      least = distance
      best = name
    }
  }
  return best
}

/** Optimal string alignment distance (swapped neighbours count once), `limit` where it is more. */
function edits(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
