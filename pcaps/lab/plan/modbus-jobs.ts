/** What each Modbus client polls and writes, in normal work. */

import {
  UNIT,
  type Job,
  type Layout,
  type ReadJob,
  type ServerKey,
  type WriteJob,
} from './modbus-layout.ts'
import type { Random } from './random.ts'

type LayoutOf = (key: ServerKey) => Layout

function readAll(at: LayoutOf, server: ServerKey, everyMs: number, unit = UNIT): ReadJob[] {
  const { process, inputs, coils, discretes } = at(server)
  return (
    [
      [1, coils],
      [2, discretes],
      [3, process],
      [4, inputs],
    ] as const
  ).map(([functionCode, block]): ReadJob => ({
    kind: 'read',
    server,
    unit,
    functionCode,
    address: block.address,
    quantity: block.quantity,
    everyMs,
  }))
}

export function hmiJobs(at: LayoutOf, setPoint: WriteJob): Job[] {
  const unit = UNIT
  return [
    ...readAll(at, 'plc1', 900),
    ...readAll(at, 'plc2', 1300),
    setPoint,
    {
      kind: 'write',
      server: 'plc1',
      unit,
      functionCode: 5,
      shape: 'toggle',
      quantity: 1,
      address: at('plc1').coils.address + 2,
      low: 0,
      high: 1,
      everyMs: 2300,
    },
    // The point was removed from the PLC years ago and nobody told the HMI.
    {
      kind: 'read',
      server: 'plc2',
      unit,
      functionCode: 3,
      address: 5000 + at('plc2').coils.address,
      quantity: 2,
      everyMs: 2900,
      missing: true,
    },
  ]
}

type Written = Omit<WriteJob, 'kind' | 'server' | 'unit'>

function write(server: ServerKey, job: Written): WriteJob {
  return { kind: 'write', server, unit: UNIT, ...job }
}

/** A watchdog that counts, and a set-point as a float over two registers. */
function scadaWritesPlc2(address: number, low: number): WriteJob[] {
  const counter = { shape: 'counter', quantity: 1, low: 0, high: 65535 } as const
  const float = { shape: 'float', quantity: 2, low, high: low + 40 } as const
  return [
    write('plc2', { functionCode: 6, address, everyMs: 1000, ...counter }),
    write('plc2', { functionCode: 16, address: address + 2, everyMs: 2500, ...float }),
  ]
}

/** The clock, a recipe of three registers, and eight coils at once. */
function scadaWritesPlc3(address: number, coils: number): WriteJob[] {
  const clock = { shape: 'clock', quantity: 2, low: 0, high: 1 } as const
  const recipe = { shape: 'recipe', quantity: 3, low: 100, high: 400 } as const
  const bits = { shape: 'toggle', quantity: 8, low: 0, high: 1 } as const
  return [
    write('plc3', { functionCode: 16, address, everyMs: 2700, ...clock }),
    write('plc3', { functionCode: 16, address: address + 6, everyMs: 2600, ...recipe }),
    write('plc3', { functionCode: 15, address: coils, everyMs: 2400, ...bits }),
  ]
}

export function scadaJobs(at: LayoutOf, gatewayUnits: readonly number[], chance: Random): Job[] {
  const [, second = 1] = gatewayUnits
  const mode = { shape: 'set', quantity: 1, low: 1, high: 4 } as const
  const gatewayReads = gatewayUnits.flatMap((unit) =>
    readAll(at, 'gateway', 2000, unit).filter((job) => job.functionCode > 2),
  )
  const address = at('gateway').setPoints.address + 4
  return [
    ...readAll(at, 'plc2', 1000),
    ...readAll(at, 'plc3', 800),
    ...scadaWritesPlc2(at('plc2').setPoints.address, chance.whole(20, 50)),
    ...scadaWritesPlc3(at('plc3').setPoints.address, at('plc3').coils.address),
    ...gatewayReads,
    { ...write('gateway', { functionCode: 6, address, everyMs: 2200, ...mode }), unit: second },
  ]
}

export function historianJobs(at: LayoutOf, gatewayUnits: readonly number[]): Job[] {
  const [first = 1] = gatewayUnits
  const slow = (['plc1', 'plc2', 'plc3'] as const).flatMap((server) =>
    readAll(at, server, 1700).filter((job) => job.functionCode > 2),
  )
  return [...slow, ...readAll(at, 'gateway', 2400, first).filter((job) => job.functionCode === 4)]
}
