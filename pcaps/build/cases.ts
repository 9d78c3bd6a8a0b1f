/** All cases, in the order of the documents. */
import type { Case } from './case.ts'
import { functionCases } from './cases/modbus-functions.ts'
import { modbusCases } from './cases/modbus.ts'
import { mqttCases } from './cases/mqtt.ts'
import { opcuaCases } from './cases/opcua.ts'
import { packetCases } from './cases/packet.ts'
import { fragmentCases } from './cases/fragments.ts'
import { sparkplugCases } from './cases/sparkplug.ts'
import { transportCases } from './cases/transport.ts'

export const cases: readonly Case[] = [
  ...functionCases,
  ...modbusCases,
  ...opcuaCases,
  ...mqttCases,
  ...sparkplugCases,
  ...transportCases,
  ...packetCases,
  ...fragmentCases,
]
