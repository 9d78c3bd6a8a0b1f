/** The engineering station: looks in now and then, reads, asks who is there, and leaves again. */

import { phaseOf, onStop, role } from './role.ts'
import { ModbusLink } from './modbus-link.ts'
import { repeat } from './schedule.ts'

const { plant, args, chance, say } = role('engineering')
const phase = phaseOf(args[0])
const { engineeringRead } = plant.modbus
let stopping = false

async function visit(server: 'plc1' | 'plc3'): Promise<void> {
  const link = new ModbusLink(plant.hosts[server].ip)
  const block =
    server === 'plc1' ? engineeringRead : plant.modbus.servers[server].units[0]?.blocks[0]
  if (block === undefined) return
  await link.ask(1, (client) => client.readHoldingRegisters(block.address, block.quantity))
  await link.ask(1, (client) => client.readDeviceIdentification(1, 0))
  link.close()
  say({ ready: true })
}

const ended = repeat(
  [
    { everyMs: 9000, work: () => visit('plc1') },
    { everyMs: 13000, work: () => visit('plc3') },
  ],
  phase,
  chance,
  () => stopping,
)
onStop(async () => {
  stopping = true
  await ended
})
