/** The SCADA as Sparkplug host application: follows births and data, commands both edge nodes. */

import mqtt from 'mqtt'
import type { EdgePlan } from '../plan/mqtt-plan.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat, type Task } from './schedule.ts'
import { encode } from './sparkplug-payload.ts'
import { rangeValues } from './values.ts'

const { plant, args, chance, say } = role('host application')
const phase = phaseOf(args[0])
const plan = plant.mqtt
const stateTopic = `spBv1.0/STATE/${plan.host.id}`
const timestamp = Date.now()
const state = (online: boolean): string => JSON.stringify({ online, timestamp })
let stopping = false

const client = mqtt.connect(`mqtt://${plant.hosts.broker5.ip}:${plan.port}`, {
  protocolVersion: 5,
  clientId: plan.host.clientId,
  username: plan.host.user,
  password: plan.host.password,
  clean: true,
  keepalive: 25,
  reconnectPeriod: 1000,
  will: { topic: stateTopic, payload: Buffer.from(state(false)), qos: 1, retain: true },
})

/** A host that has just come asks for births, as it cannot know the aliases yet. */
function askForBirth(edge: EdgePlan): void {
  client.publish(
    `spBv1.0/${plan.group}/NCMD/${edge.edgeNode}`,
    encode([{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }], undefined, true),
    { qos: 0 },
  )
}

client.on('connect', () => {
  void client.subscribeAsync([`spBv1.0/${plan.group}/#`, stateTopic], { qos: 1 }).then(() => {
    client.publish(stateTopic, state(true), { qos: 1, retain: true })
    for (const edge of plan.edges) askForBirth(edge)
    say({ ready: true })
  })
})
client.on('error', (error) => {
  console.error(String(error))
})

function commands(edge: EdgePlan): Task[] {
  const { nodeCommand, deviceCommand } = edge
  const limit = rangeValues(nodeCommand.low, nodeCommand.high, phase, chance)
  const setPoint = rangeValues(deviceCommand.low, deviceCommand.high, phase, chance, 1)
  return [
    {
      everyMs: 2700,
      work: () => {
        if (!client.connected) return
        client.publish(
          `spBv1.0/${plan.group}/NCMD/${edge.edgeNode}`,
          encode(
            [{ name: nodeCommand.name, type: nodeCommand.type, value: limit() }],
            undefined,
            true,
          ),
          { qos: 0 },
        )
      },
    },
    {
      everyMs: 2400,
      work: () => {
        if (!client.connected) return
        client.publish(
          `spBv1.0/${plan.group}/DCMD/${edge.edgeNode}/${edge.device}`,
          encode(
            [{ name: deviceCommand.name, type: deviceCommand.type, value: setPoint() }],
            undefined,
            true,
          ),
          { qos: 0 },
        )
      },
    },
  ]
}

const ended = repeat(plan.edges.flatMap(commands), phase, chance, () => stopping)
onStop(async () => {
  stopping = true
  await ended
  await client.publishAsync(stateTopic, state(false), { qos: 1, retain: true })
  await client.endAsync()
})
