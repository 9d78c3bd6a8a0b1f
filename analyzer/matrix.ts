/** The zone x zone matrix: what was seen between zones, held against what was declared. */
import type { ZoneMatrix } from './api/schema.ts'
import type { Facts } from './facts.ts'

/** Pairs of zones kept at most: a policy of 400 zones, all of them talking. */
const CELLS_MAX = 160_000
const CONDUITS_PER_CELL_MAX = 64

export interface Cell {
  readonly from: string
  readonly to: string
  operations: number
  violations: number
  allowed: number
  readonly conduits: Set<string>
}

export interface DeclaredConduit {
  readonly id: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** False where no sensor covers it: it can be idle or not, nobody knows. */
  readonly visible: boolean
}

export class Matrix {
  readonly #cells = new Map<string, Cell>()
  /** Cells refused because the table was full. */
  refused = 0

  /** The cell of an operation's zones, undefined where there are none or the table is full. */
  cell(facts: Facts): Cell | undefined {
    const from = facts['ot.source.zone.id']
    const to = facts['ot.destination.zone.id']
    if (typeof from !== 'string' || typeof to !== 'string') return undefined
    const key = `${from}\n${to}`
    let cell = this.#cells.get(key)
    if (cell === undefined) {
      if (this.#cells.size >= CELLS_MAX) {
        this.refused++
        return undefined
      }
      cell = { from, to, operations: 0, violations: 0, allowed: 0, conduits: new Set() }
      this.#cells.set(key, cell)
    }
    const conduit = facts['ot.zone.conduit']
    if (typeof conduit === 'string' && cell.conduits.size < CONDUITS_PER_CELL_MAX) {
      cell.conduits.add(conduit)
    }
    return cell
  }

  /** Every cell that is declared or was seen, sorted by zone. */
  rows(declared: readonly DeclaredConduit[]): ZoneMatrix['cells'] {
    const keys = new Set(this.#cells.keys())
    const conduitsOf = new Map<string, DeclaredConduit[]>()
    for (const conduit of declared) {
      for (const from of conduit.from) {
        for (const to of conduit.to) {
          const key = `${from}\n${to}`
          keys.add(key)
          const list = conduitsOf.get(key)
          if (list === undefined) conduitsOf.set(key, [conduit])
          else list.push(conduit)
        }
      }
    }
    return [...keys].sort().map((key) => row(key, this.#cells.get(key), conduitsOf.get(key) ?? []))
  }
}

type Row = ZoneMatrix['cells'][number]

function row(key: string, cell: Cell | undefined, conduits: readonly DeclaredConduit[]): Row {
  const [from = '', to = ''] = key.split('\n')
  const ids = new Set([...conduits.map((conduit) => conduit.id), ...(cell?.conduits ?? [])])
  return {
    from,
    to,
    state: stateOf(cell, conduits),
    conduits: [...ids].sort(),
    violations: cell?.violations ?? 0,
    operations: cell?.operations ?? 0,
  }
}

function stateOf(cell: Cell | undefined, conduits: readonly DeclaredConduit[]): Row['state'] {
  if (cell !== undefined && cell.violations > 0) return 'violation'
  if (cell !== undefined && cell.allowed > 0) return 'allowed'
  if (cell !== undefined && cell.operations > 0) return 'not-declared'
  if (conduits.some((conduit) => conduit.visible)) return 'idle'
  return conduits.length > 0 ? 'not-visible' : 'not-declared'
}
