/** Numbers as people read them: thin spaces above 9 999, shares that never round up to all. */

/** Narrow no-break space: groups digits and does not break the line. */
const THIN = '\u202F'

export function count(value: number): string {
  const whole = Math.trunc(value)
  const digits = String(Math.abs(whole))
  if (digits.length <= 4) return String(whole)
  const grouped = digits.replace(/\B(?=(?:\d{3})+$)/g, THIN)
  return whole < 0 ? `−${grouped}` : grouped
}

const thousands = ['', 'k', 'M', 'G', 'T', 'P'] as const

function scaled(value: number): { shown: string; unit: string } {
  let rest = value
  let step = 0
  while (rest >= 1000 && step < thousands.length - 1) {
    rest /= 1000
    step++
  }
  const shown = step === 0 || rest >= 100 ? String(Math.floor(rest)) : rest.toFixed(1)
  return { shown, unit: thousands[step] ?? '' }
}

/** `1.2 M`: for sentences, where the exact figure does not matter. */
export function rough(value: number): string {
  if (value <= 9999) return count(value)
  const { shown, unit } = scaled(value)
  return `${shown}${THIN}${unit}`
}

export function bytes(value: number): string {
  const { shown, unit } = scaled(value)
  return `${shown}${THIN}${unit}B`
}

/** `99.8 %`; cut, not rounded: only what is complete says 100 %. */
export function share(value: number): string {
  if (value >= 1) return `100${THIN}%`
  return `${(Math.floor(value * 1000) / 10).toFixed(1)}${THIN}%`
}

export function plural(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
