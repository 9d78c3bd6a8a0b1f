/**
 * Registers of the PLCs and what each client polls and writes. Addresses, sizes and values come
 * from the seed; the kinds of points (heartbeat, counter, clock, bits, float over two registers)
 * are those that every plant has and that no learned range fits.
 */

import type { HostKey } from "./hosts.ts"
import type { Random } from "./random.ts"

export type ServerKey = Extract<HostKey, "plc1" | "plc2" | "plc3" | "gateway">
export type Table = "coil" | "discrete" | "input" | "holding"

/** How the value at an address moves. `level` stays where it was written. */
export type Motion = "level" | "toggle" | "counter" | "clock" | "analog" | "float" | "bits"

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

export type WriteShape = "range" | "set" | "toggle" | "counter" | "clock" | "float" | "recipe"

type Target = { readonly server: ServerKey; readonly unit: number; readonly address: number }
export type ReadJob = Target & {
  readonly kind: "read"
  readonly functionCode: 1 | 2 | 3 | 4
  readonly quantity: number
  readonly everyMs: number
  /** The address does not exist: the answer is always exception 2. */
  readonly missing?: boolean
}
export type WriteJob = Target & {
  readonly kind: "write"
  readonly functionCode: 5 | 6 | 15 | 16
  readonly shape: WriteShape
  readonly quantity: number
  readonly low: number
  readonly high: number
  readonly everyMs: number
}
export type Job = ReadJob | WriteJob

export type ModbusPlan = {
  readonly servers: Readonly<Record<ServerKey, ModbusServerPlan>>
  readonly jobs: Readonly<Record<"hmi" | "scada" | "historian", readonly Job[]>>
  /** What the engineering station reads now and then on PLC one. */
  readonly engineeringRead: Block
  /** The set-point that the HMI writes; misuse writes it too. */
  readonly setPoint: WriteJob
  /** Exists and can be written, but nobody ever does. */
  readonly neverWritten: Target
}

const UNIT = 1

type Layout = {
  readonly process: Block
  readonly setPoints: Block
  readonly inputs: Block
  readonly coils: Block
  readonly discretes: Block
}

/** Blocks far enough apart that none of them can touch another under any seed. */
function layout(chance: Random): Layout {
  const block = (table: Table, low: number, high: number, quantity: number): Block => ({
    table, address: chance.whole(low, high), quantity,
  })
  return {
    process: block("holding", 0, 150, chance.whole(16, 24)),
    setPoints: block("holding", 300, 700, 24),
    inputs: block("input", 0, 120, chance.whole(10, 18)),
    coils: block("coil", 0, 90, 16),
    discretes: block("discrete", 100, 190, chance.whole(12, 20)),
  }
}

function points(at: Layout, chance: Random): Point[] {
  const base = at.process.address
  const analogLow = chance.whole(100, 400)
  const point = (table: Table, address: number, motion: Motion, low = 0, high = 1): Point => ({
    table, address, motion, low, high,
  })
  const found = [
    point("holding", base, "toggle"),
    point("holding", base + 1, "counter", 0, 65535),
    point("holding", base + 2, "clock"),
    point("holding", base + 4, "float", 10, 90),
    point("holding", base + 6, "bits", 0, 65535),
  ]
  for (let offset = 7; offset < at.process.quantity; offset += 1) {
    const high = analogLow + 20 * offset
    found.push(point("holding", base + offset, "analog", analogLow, high))
  }
  for (let offset = 0; offset < at.inputs.quantity; offset += 1) {
    found.push(point("input", at.inputs.address + offset, "analog", analogLow, analogLow + 300))
  }
  for (let offset = 0; offset < at.discretes.quantity; offset += 1) {
    found.push(point("discrete", at.discretes.address + offset, "toggle"))
  }
  return found
}

const MAKES: Readonly<Record<ServerKey, { vendor: string; products: readonly string[] }>> = {
  plc1: { vendor: "Schneider Electric", products: ["BMEP584040", "BMXP342020", "TM251MESE"] },
  plc2: { vendor: "Phoenix Contact", products: ["AXC F 2152", "ILC 191 ETH", "AXC 1050"] },
  plc3: { vendor: "Rockwell Automation", products: ["1769-L33ER", "2080-LC50-24QWB"] },
  gateway: { vendor: "Moxa Inc.", products: ["MGate MB3170", "MGate MB3280"] },
}

export function makeModbus(chance: Random): ModbusPlan {
  const layouts = new Map<ServerKey, Layout>()
  const server = (key: ServerKey, units: readonly number[]): ModbusServerPlan => {
    const branch = chance.branch(key)
    const at = layout(branch)
    layouts.set(key, at)
    const product = branch.pick(MAKES[key].products)
    return {
      key,
      identity: {
        vendor: MAKES[key].vendor,
        product,
        revision: `V${branch.whole(1, 4)}.${branch.whole(0, 20)}`,
        model: product,
      },
      units: units.map((unit) => ({
        unit,
        blocks: [at.process, at.setPoints, at.inputs, at.coils, at.discretes],
        points: points(at, branch.branch(`unit ${unit}`)),
      })),
    }
  }
  const first = chance.whole(2, 9)
  const gatewayUnits = [first, first + 1, first + 3, first + 7]
  const servers = {
    plc1: server("plc1", [UNIT]),
    plc2: server("plc2", [UNIT]),
    plc3: server("plc3", [UNIT]),
    gateway: server("gateway", gatewayUnits),
  }
  const at = (key: ServerKey): Layout => {
    const found = layouts.get(key)
    if (found === undefined) throw new Error(`no layout for ${key}`)
    return found
  }
  const setPoint: WriteJob = {
    kind: "write", server: "plc1", unit: UNIT, functionCode: 6, shape: "range", quantity: 1,
    address: at("plc1").setPoints.address, everyMs: 1900,
    low: 10 * chance.whole(20, 40), high: 10 * chance.whole(50, 80),
  }
  return {
    servers,
    jobs: {
      hmi: hmiJobs(at, setPoint),
      scada: scadaJobs(at, gatewayUnits, chance.branch("scada")),
      historian: historianJobs(at, gatewayUnits),
    },
    engineeringRead: { ...at("plc1").setPoints, quantity: chance.whole(8, 20) },
    setPoint,
    neverWritten: { server: "plc1", unit: UNIT, address: at("plc1").setPoints.address + 21 },
  }
}

type LayoutOf = (key: ServerKey) => Layout

function readAll(at: LayoutOf, server: ServerKey, everyMs: number, unit = UNIT): ReadJob[] {
  const { process, inputs, coils, discretes } = at(server)
  return ([[1, coils], [2, discretes], [3, process], [4, inputs]] as const).map(
    ([functionCode, block]): ReadJob => ({
      kind: "read", server, unit, functionCode, address: block.address,
      quantity: block.quantity, everyMs,
    }),
  )
}

function hmiJobs(at: LayoutOf, setPoint: WriteJob): Job[] {
  const unit = UNIT
  return [
    ...readAll(at, "plc1", 900),
    ...readAll(at, "plc2", 1300),
    setPoint,
    {
      kind: "write", server: "plc1", unit, functionCode: 5, shape: "toggle", quantity: 1,
      address: at("plc1").coils.address + 2, low: 0, high: 1, everyMs: 2300,
    },
    // The point was removed from the PLC years ago and nobody told the HMI.
    {
      kind: "read", server: "plc2", unit, functionCode: 3, address: 5000 + at("plc2").coils.address,
      quantity: 2, everyMs: 2900, missing: true,
    },
  ]
}

function scadaJobs(at: LayoutOf, gatewayUnits: readonly number[], chance: Random): Job[] {
  const unit = UNIT
  const low = chance.whole(20, 50)
  const write = (server: ServerKey, job: Omit<WriteJob, "kind" | "server" | "unit">): WriteJob => ({
    kind: "write", server, unit, ...job,
  })
  const plc2 = at("plc2").setPoints.address
  const plc3 = at("plc3").setPoints.address
  const [, second = 1] = gatewayUnits
  return [
    ...readAll(at, "plc2", 1000),
    ...readAll(at, "plc3", 800),
    write("plc2", {
      functionCode: 6, shape: "counter", quantity: 1, address: plc2, low: 0, high: 65535,
      everyMs: 1000,
    }),
    write("plc2", {
      functionCode: 16, shape: "float", quantity: 2, address: plc2 + 2, low, high: low + 40,
      everyMs: 2500,
    }),
    write("plc3", {
      functionCode: 16, shape: "clock", quantity: 2, address: plc3, low: 0, high: 1, everyMs: 2700,
    }),
    write("plc3", {
      functionCode: 16, shape: "recipe", quantity: 3, address: plc3 + 6, low: 100, high: 400,
      everyMs: 2600,
    }),
    write("plc3", {
      functionCode: 15, shape: "toggle", quantity: 8, address: at("plc3").coils.address, low: 0,
      high: 1, everyMs: 2400,
    }),
    ...gatewayUnits.flatMap((gatewayUnit): Job[] =>
      readAll(at, "gateway", 2000, gatewayUnit).filter((job) => job.functionCode > 2)),
    {
      kind: "write", server: "gateway", unit: second, functionCode: 6, shape: "set", quantity: 1,
      address: at("gateway").setPoints.address + 4, low: 1, high: 4, everyMs: 2200,
    },
  ]
}

function historianJobs(at: LayoutOf, gatewayUnits: readonly number[]): Job[] {
  const [first = 1] = gatewayUnits
  const slow = (["plc1", "plc2", "plc3"] as const).flatMap((server) =>
    readAll(at, server, 1700).filter((job) => job.functionCode > 2))
  return [...slow, ...readAll(at, "gateway", 2400, first).filter((job) => job.functionCode === 4)]
}
