/** The Modbus servers of the plant and their clients' work; addresses and values from the seed. */

import { historianJobs, hmiJobs, scadaJobs } from './modbus-jobs.ts'
import { UNIT, layout, points } from './modbus-layout.ts'
import type {
  Block,
  Job,
  Layout,
  ModbusServerPlan,
  ServerKey,
  Target,
  WriteJob,
} from './modbus-layout.ts'
import type { Random } from './random.ts'

export type ModbusPlan = {
  readonly servers: Readonly<Record<ServerKey, ModbusServerPlan>>
  readonly jobs: Readonly<Record<'hmi' | 'scada' | 'historian', readonly Job[]>>
  /** What the engineering station reads now and then on PLC one. */
  readonly engineeringRead: Block
  /** The set-point that the HMI writes; misuse writes it too. */
  readonly setPoint: WriteJob
  /** Exists and can be written, but nobody ever does. */
  readonly neverWritten: Target
}

const MAKES: Readonly<Record<ServerKey, { vendor: string; products: readonly string[] }>> = {
  plc1: { vendor: 'Schneider Electric', products: ['BMEP584040', 'BMXP342020', 'TM251MESE'] },
  plc2: { vendor: 'Phoenix Contact', products: ['AXC F 2152', 'ILC 191 ETH', 'AXC 1050'] },
  plc3: { vendor: 'Rockwell Automation', products: ['1769-L33ER', '2080-LC50-24QWB'] },
  gateway: { vendor: 'Moxa Inc.', products: ['MGate MB3170', 'MGate MB3280'] },
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
    plc1: server('plc1', [UNIT]),
    plc2: server('plc2', [UNIT]),
    plc3: server('plc3', [UNIT]),
    gateway: server('gateway', gatewayUnits),
  }
  const at = (key: ServerKey): Layout => {
    const found = layouts.get(key)
    if (found === undefined) throw new Error(`no layout for ${key}`)
    return found
  }
  const setPoint: WriteJob = {
    kind: 'write',
    server: 'plc1',
    unit: UNIT,
    functionCode: 6,
    shape: 'range',
    quantity: 1,
    address: at('plc1').setPoints.address,
    everyMs: 1900,
    low: 10 * chance.whole(20, 40),
    high: 10 * chance.whole(50, 80),
  }
  return {
    servers,
    jobs: {
      hmi: hmiJobs(at, setPoint),
      scada: scadaJobs(at, gatewayUnits, chance.branch('scada')),
      historian: historianJobs(at, gatewayUnits),
    },
    engineeringRead: { ...at('plc1').setPoints, quantity: chance.whole(8, 20) },
    setPoint,
    neverWritten: { server: 'plc1', unit: UNIT, address: at('plc1').setPoints.address + 21 },
  }
}
