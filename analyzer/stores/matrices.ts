/**
 * The zones of several sensors as one matrix. Of one site a zone is one zone, whoever sees it; of
 * several each is named with its site, for equal names mean different places. Pure.
 */
import type { ZoneMatrix } from '../api/schema.ts'
import type { Origin } from './store.ts'

export interface MatrixRow extends Origin {
  matrix: ZoneMatrix
}

type Zone = ZoneMatrix['zones'][number]
type Cell = ZoneMatrix['cells'][number]
type Policy = ZoneMatrix['policy']

/** What more of it is worth: a violation that one sensor saw is none the less for the others. */
const states: readonly Cell['state'][] = [
  'not-visible',
  'idle',
  'allowed',
  'not-declared',
  'violation',
]

export function mergeMatrix(rows: readonly MatrixRow[]): ZoneMatrix | undefined {
  const [first, ...others] = rows.toSorted(byOrigin)
  if (first === undefined) return undefined
  if (others.length === 0) return first.matrix
  const sites = new Set(rows.map(({ site }) => site))
  const all = [first, ...others].map((row) => (sites.size > 1 ? named(row) : row.matrix))
  const policies = all.map(({ policy }) => policy)
  return {
    policy: sites.size > 1 ? null : policies.reduce(newerPolicy),
    zones: merged(
      all.flatMap(({ zones }) => zones),
      ({ id }) => id,
      mergeZone,
    ),
    cells: merged(
      all.flatMap(({ cells }) => cells),
      ({ from, to }) => JSON.stringify([from, to]),
      mergeCell,
    ),
  }
}

/** So that one order of rows gives what another does. */
function byOrigin(a: Origin, b: Origin): number {
  const [one, other] = [JSON.stringify([a.site, a.sensor]), JSON.stringify([b.site, b.sensor])]
  return one < other ? -1 : one > other ? 1 : 0
}

/** Zones and cells under the name of the site. */
function named({ site, matrix }: MatrixRow): ZoneMatrix {
  const inSite = (id: string): string => (id === '' ? '' : `${site}/${id}`)
  const { policy, zones, cells } = matrix
  return {
    policy,
    zones: zones.map((zone) => {
      const { id, name, parent } = zone
      return { ...zone, id: inSite(id), name: inSite(name), parent: inSite(parent) }
    }),
    cells: cells.map((cell) => ({ ...cell, from: inSite(cell.from), to: inSite(cell.to) })),
  }
}

function merged<T>(rows: readonly T[], key: (row: T) => string, merge: (a: T, b: T) => T): T[] {
  const byKey = new Map<string, T>()
  for (const row of rows) {
    const known = byKey.get(key(row))
    byKey.set(key(row), known === undefined ? row : merge(known, row))
  }
  return [...byKey.values()]
}

/** Assets that several sensors see are one: at least as many as the sensor with most of them. */
function mergeZone(a: Zone, b: Zone): Zone {
  const { id, name, kind, parent, declared } = b.declared && !a.declared ? b : a
  return { id, name, kind, parent, declared, assets: Math.max(a.assets, b.assets) }
}

function mergeCell(a: Cell, b: Cell): Cell {
  return {
    from: a.from,
    to: a.to,
    state: states.indexOf(a.state) >= states.indexOf(b.state) ? a.state : b.state,
    conduits: [...new Set([...a.conduits, ...b.conduits])],
    violations: a.violations + b.violations,
    operations: a.operations + b.operations,
  }
}

function newerPolicy(a: Policy, b: Policy): Policy {
  if (a === null || b === null) return a ?? b
  return b.version > a.version ? b : a
}
