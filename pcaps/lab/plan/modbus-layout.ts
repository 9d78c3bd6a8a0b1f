/**
 * What a Modbus server of the plant can hold and a client can ask. The kinds of points (heartbeat,
 * counter, clock, bits, float over two registers) are those that every plant has and that no
 * learned range fits.
 */

import type { HostKey } from './hosts.ts'
import type { Random } from './random.ts'

export type ServerKey = Extract<HostKey, 'plc1' | 'plc2' | 'plc3' | 'gateway'>
export type Table = 'coil' | 'discrete' | 'input' | 'holding'

/** How the value at an address moves. `level` stays where it was written. */
export type Motion = 'level' | 'toggle' | 'counter' | 'clock' | 'analog' | 'float' | 'bits'

export type Point = {
  readonly table: Table
  readonly address: number
  readonly motion: Motion
  readonly low: number
  readonly high: number
}

export type Block = { readonly table: Table; readonly address: number; readonly quantity: number }

export type Unit = {
  readonly unit: number
  readonly blocks: readonly Block[]
  readonly points: readonly Point[]
}

export type DeviceIdentity = {
  readonly vendor: string
  readonly product: string
  readonly revision: string
  readonly model: string
}

export type ModbusServerPlan = {
  readonly key: ServerKey
  readonly identity: DeviceIdentity
  readonly units: readonly Unit[]
}

export type WriteShape = 'range' | 'set' | 'toggle' | 'counter' | 'clock' | 'float' | 'recipe'

export type Target = { readonly server: ServerKey; readonly unit: number; readonly address: number }
export type ReadJob = Target & {
  readonly kind: 'read'
  readonly functionCode: 1 | 2 | 3 | 4
  readonly quantity: number
  readonly everyMs: number
  /** The address does not exist: the answer is always exception 2. */
  readonly missing?: boolean
}
export type WriteJob = Target & {
  readonly kind: 'write'
  readonly functionCode: 5 | 6 | 15 | 16
  readonly shape: WriteShape
  readonly quantity: number
  readonly low: number
  readonly high: number
  readonly everyMs: number
}
export type Job = ReadJob | WriteJob

/** Unit identifier of a server that is no gateway. */
export const UNIT = 1

/** Where a server keeps what. */
export type Layout = {
  readonly process: Block
  readonly setPoints: Block
  readonly inputs: Block
  readonly coils: Block
  readonly discretes: Block
}

/** Blocks far enough apart that none of them can touch another under any seed. */
export function layout(chance: Random): Layout {
  const block = (table: Table, low: number, high: number, quantity: number): Block => ({
    table,
    address: chance.whole(low, high),
    quantity,
  })
  return {
    process: block('holding', 0, 150, chance.whole(16, 24)),
    setPoints: block('holding', 300, 700, 24),
    inputs: block('input', 0, 120, chance.whole(10, 18)),
    coils: block('coil', 0, 90, 16),
    discretes: block('discrete', 100, 190, chance.whole(12, 20)),
  }
}

export function points(at: Layout, chance: Random): Point[] {
  const base = at.process.address
  const analogLow = chance.whole(100, 400)
  const point = (table: Table, address: number, motion: Motion, low = 0, high = 1): Point => ({
    table,
    address,
    motion,
    low,
    high,
  })
  const found = [
    point('holding', base, 'toggle'),
    point('holding', base + 1, 'counter', 0, 65535),
    point('holding', base + 2, 'clock'),
    point('holding', base + 4, 'float', 10, 90),
    point('holding', base + 6, 'bits', 0, 65535),
  ]
  for (let offset = 7; offset < at.process.quantity; offset += 1) {
    const high = analogLow + 20 * offset
    found.push(point('holding', base + offset, 'analog', analogLow, high))
  }
  for (let offset = 0; offset < at.inputs.quantity; offset += 1) {
    found.push(point('input', at.inputs.address + offset, 'analog', analogLow, analogLow + 300))
  }
  for (let offset = 0; offset < at.discretes.quantity; offset += 1) {
    found.push(point('discrete', at.discretes.address + offset, 'toggle'))
  }
  return found
}
