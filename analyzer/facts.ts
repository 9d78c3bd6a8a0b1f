/**
 * The document of one observation and what the analyzer adds to it. Names are those of fields.md;
 * `sigma/fields.ts` is the one table of them.
 */
import type { Fields, FieldValue } from '#sensor'

export type Doc = Readonly<Record<string, FieldValue>>
export type Facts = Record<string, FieldValue>
export type { Fields, FieldValue }

export function textList(value: FieldValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Of a value that was judged, and how often the like comes. */
export function isUsual(facts: Facts): boolean {
  return facts['ot.baseline.value'] === 'in-range' && facts['ot.baseline.rate'] !== 'above'
}
