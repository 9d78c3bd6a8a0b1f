/** A PLC or a gateway: modbus-serial behind our front, with one process image per unit. */

import modbus from 'modbus-serial'
import type { ServerKey, Table } from '../plan/modbus-layout.ts'
import { startFront } from './modbus-front.ts'
import { IllegalAddress, ProcessImage } from './process-image.ts'
import { onStop, role } from './role.ts'

const BACKEND_PORT = 1502
/** modbus-serial takes 255 for "every unit". */
const EVERY_UNIT = 255

const { plant, host, say } = role('modbus server')
const plan = plant.modbus.servers[host.key as ServerKey]
const images = new Map(plan.units.map((unit) => [unit.unit, new ProcessImage(unit)]))

function image(unit: number): ProcessImage {
  const found = images.get(unit)
  if (found === undefined) throw new IllegalAddress(`no unit ${unit}`)
  return found
}

const read =
  (table: Table) =>
  async (address: number, unit: number): Promise<number> =>
    image(unit).read(table, address)
const readBit =
  (table: Table) =>
  async (address: number, unit: number): Promise<boolean> =>
    image(unit).read(table, address) !== 0

const vector = {
  getCoil: readBit('coil'),
  getDiscreteInput: readBit('discrete'),
  getInputRegister: read('input'),
  getHoldingRegister: read('holding'),
  setCoil: async (address: number, value: boolean, unit: number): Promise<void> => {
    image(unit).write('coil', address, value ? 1 : 0)
  },
  setRegister: async (address: number, value: number, unit: number): Promise<void> => {
    image(unit).write('holding', address, value)
  },
  // The package's types lack this one; its server has it (FC 43/14).
  readDeviceIdentification: () => ({
    0: plan.identity.vendor,
    1: plan.identity.product,
    2: plan.identity.revision,
    5: plan.identity.model,
  }),
}
const server = new modbus.ServerTCP(vector, {
  host: '127.0.0.1',
  port: BACKEND_PORT,
  unitID: EVERY_UNIT,
})
server.on('socketError', (error) => {
  console.error(`socket: ${String(error)}`)
})
server.on('error', (error) => {
  console.error(`server: ${String(error)}`)
})

await new Promise<void>((resolve) => {
  server.on('initialized', () => resolve())
})
await startFront(host.ip, BACKEND_PORT)
onStop(() => undefined)
say({ ready: true })
