/** The zone matrix in words. */
import type { Party, ZoneMatrix } from '../../analyzer/api/schema.ts'

export type Cell = ZoneMatrix['cells'][number]
export type CellState = Cell['state']
export type Zone = ZoneMatrix['zones'][number]

export const cellWords: Readonly<Record<CellState, string>> = {
  allowed: 'allowed and used',
  violation: 'violation',
  idle: 'nothing seen',
  'not-visible': 'not visible to this sensor',
  'not-declared': 'seen, but not declared',
}

/** A sign besides the colour. */
export const cellMarks: Readonly<Record<CellState, string>> = {
  allowed: '✓',
  violation: '▲',
  idle: '·',
  'not-visible': '?',
  'not-declared': '○',
}

export function cellKey(from: string, to: string): string {
  return JSON.stringify([from, to])
}

export function cellsByKey(matrix: ZoneMatrix): Map<string, Cell> {
  return new Map(matrix.cells.map((cell) => [cellKey(cell.from, cell.to), cell]))
}

export function zoneName(zone: Zone): string {
  return zone.name || zone.id
}

/** Whether a party stands in a zone, which it may name by id or by name. */
export function inZone(party: Party, zone: Zone | undefined, id: string): boolean {
  return party.zone === id || (zone !== undefined && party.zone === zone.name && zone.name !== '')
}
