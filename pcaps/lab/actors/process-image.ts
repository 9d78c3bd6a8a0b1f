/** The memory of a simulated PLC: what moves by itself, and what clients have written. */

import type { Point, Table, Unit } from '../plan/modbus-layout.ts'
import { clockWords, floatWords } from './values.ts'

/** Modbus exception 2, as modbus-serial wants it thrown. */
export class IllegalAddress extends Error {
  readonly modbusErrorCode = 2
}

/** One number for each address and second, without a table: noise that repeats under no seed. */
function noise(address: number, step: number): number {
  const mixed = Math.imul(address * 2654435761 + step, 0x9e3779b1) >>> 0
  return mixed / 4294967296
}

function moving(point: Point, seconds: number): number[] {
  const { address, low, high } = point
  const wave = 0.5 + 0.5 * Math.sin(seconds / (6 + (address % 7)) + address)
  switch (point.motion) {
    case 'toggle':
      return [Math.floor(seconds / (1 + (address % 3))) % 2]
    case 'counter':
      return [Math.floor(seconds * 2 + address * 7) % 65536]
    case 'clock':
      return clockWords()
    case 'float':
      return floatWords(low + (high - low) * wave)
    case 'bits':
      return [Math.floor(noise(address, Math.floor(seconds / 3)) * 65536)]
    case 'analog': {
      const jitter = noise(address, Math.floor(seconds * 2)) * 0.04
      return [Math.round(low + (high - low) * (0.02 + 0.94 * wave + jitter))]
    }
    case 'level':
      return [low]
  }
}

export class ProcessImage {
  readonly #unit: Unit
  readonly #written = new Map<string, number>()
  readonly #started = Date.now()

  constructor(unit: Unit) {
    this.#unit = unit
  }

  #check(table: Table, address: number): void {
    const inside = this.#unit.blocks.some(
      (block) =>
        block.table === table &&
        address >= block.address &&
        address < block.address + block.quantity,
    )
    if (!inside) throw new IllegalAddress(`no ${table} ${address}`)
  }

  read(table: Table, address: number): number {
    this.#check(table, address)
    const written = this.#written.get(`${table}:${address}`)
    if (written !== undefined) return written
    const seconds = (Date.now() - this.#started) / 1000
    for (const point of this.#unit.points) {
      const offset = address - point.address
      if (point.table !== table || offset < 0 || offset > 1) continue
      const value = moving(point, seconds)[offset]
      if (value !== undefined) return value
    }
    return 0
  }

  write(table: 'coil' | 'holding', address: number, value: number): void {
    this.#check(table, address)
    this.#written.set(`${table}:${address}`, value)
  }
}
