/** Sums lines that all end at the newest minute, whatever their length. */
export function sumSparks(lines: readonly (readonly number[])[]): number[] {
  const length = lines.reduce((most, line) => Math.max(most, line.length), 0)
  const sum = Array.from({ length }, () => 0)
  for (const line of lines) {
    const shift = length - line.length
    for (const [at, value] of line.entries()) sum[at + shift] = (sum[at + shift] ?? 0) + value
  }
  return sum
}
