/** Modifiers that compare numbers and parts of dates (Sigma 2.1.0, modifiers appendix). */
import type { YamlScalar } from '../input/yaml.ts'

export type Comparison = 'eq' | 'lt' | 'lte' | 'gt' | 'gte'
export type DatePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year'
type Scalar = string | number | boolean

const NUMERIC = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$/

/** A test of a number or numeric text against the value of a rule, or what is wrong with it. */
export function comparisonTest(
  comparison: Comparison,
  { value, text }: YamlScalar,
): ((scalar: Scalar) => boolean) | string {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return `\`${comparison}\` compares numbers, and \`${text}\` is none`
  }
  return (scalar) => {
    const number = numberOf(scalar)
    return number !== undefined && compare(comparison, number, value)
  }
}

function compare(comparison: Comparison, a: number, b: number): boolean {
  switch (comparison) {
    case 'eq':
      return a === b
    case 'lt':
      return a < b
    case 'lte':
      return a <= b
    case 'gt':
      return a > b
    case 'gte':
      return a >= b
  }
}

function numberOf(scalar: Scalar): number | undefined {
  if (typeof scalar === 'number') return scalar
  if (typeof scalar === 'string' && NUMERIC.test(scalar)) return Number(scalar)
  return undefined
}

const DAY_MS = 86_400_000

/** Part of a date in UTC, as all times of a record are; undefined where it is no date. */
export function datePart(part: DatePart, scalar: Scalar): number | undefined {
  if (typeof scalar !== 'string' || NUMERIC.test(scalar)) return undefined
  const milliseconds = Date.parse(scalar)
  if (Number.isNaN(milliseconds)) return undefined
  const date = new Date(milliseconds)
  switch (part) {
    case 'minute':
      return date.getUTCMinutes()
    case 'hour':
      return date.getUTCHours()
    case 'day':
      return date.getUTCDate()
    case 'week':
      return isoWeek(date)
    case 'month':
      return date.getUTCMonth() + 1
    case 'year':
      return date.getUTCFullYear()
  }
}

/** ISO 8601: the week that holds the Thursday; week 1 holds the first Thursday of the year. */
function isoWeek(date: Date): number {
  const weekday = (date.getUTCDay() + 6) % 7
  const thursday = new Date(date.getTime() + (3 - weekday) * DAY_MS)
  const firstOfYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return Math.floor((thursday.getTime() - firstOfYear) / DAY_MS / 7) + 1
}
