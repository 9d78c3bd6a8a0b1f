/** MES (security None, user name) and historian (Sign, user name): read, browse, subscribe, act. */

import {
  AttributeIds,
  ClientSubscription,
  DataType,
  MessageSecurityMode,
  TimestampsToReturn,
  type ClientSession,
} from 'node-opcua'
import { openOpcua } from './opcua-link.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat, type Task } from './schedule.ts'
import { rangeValues } from './values.ts'

const { plant, host, args, chance, say } = role('opcua client')
const phase = phaseOf(args[0])
const plan = plant.opcua
const isMes = host.key === 'mes'
const user = isMes ? plan.users.mes : plan.users.historian
const mode = isMes ? MessageSecurityMode.None : MessageSecurityMode.Sign
let stopping = false

const { session, close } = await openOpcua(plant, host, mode, user)

function subscribe(): ClientSubscription {
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: isMes ? 700 : 1100,
    requestedLifetimeCount: 200,
    requestedMaxKeepAliveCount: 10,
    maxNotificationsPerPublish: 100,
    publishingEnabled: true,
    priority: 1,
  })
  for (const variable of plan.variables.slice(0, isMes ? 3 : 5)) {
    void subscription.monitor(
      { nodeId: variable.nodeId, attributeId: AttributeIds.Value },
      { samplingInterval: 500, discardOldest: true, queueSize: 5 },
      TimestampsToReturn.Both,
    )
  }
  return subscription
}

function mesTasks(link: ClientSession): Task[] {
  const next = rangeValues(plan.setPoint.low, plan.setPoint.high, phase, chance, 1)
  return [
    {
      everyMs: 1300,
      work: async () => {
        await link.read(
          plan.variables.map(({ nodeId }) => ({
            nodeId,
            attributeId: AttributeIds.Value,
          })),
        )
      },
    },
    {
      everyMs: 2500,
      work: async () => {
        await link.write({
          nodeId: plan.setPoint.nodeId,
          attributeId: AttributeIds.Value,
          value: { value: { dataType: DataType.Double, value: next() } },
        })
      },
    },
    {
      everyMs: 3900,
      work: async () => {
        const value = Math.floor(Date.now() / 1000) % 100000
        await link.call({
          objectId: plan.objectId,
          methodId: plan.usualMethod.nodeId,
          inputArguments: [{ dataType: DataType.UInt32, value }],
        })
      },
    },
    {
      everyMs: 21000,
      work: async () => {
        await link.browse(plan.objectId)
      },
    },
  ]
}

function historianTasks(link: ClientSession): Task[] {
  return [
    {
      everyMs: 4300,
      work: async () => {
        await link.read(
          plan.variables.slice(0, 2).map(({ nodeId }) => ({
            nodeId,
            attributeId: AttributeIds.Value,
          })),
        )
      },
    },
  ]
}

subscribe()
say({ ready: true })
const tasks = isMes ? mesTasks(session) : historianTasks(session)
const ended = repeat(tasks, phase, chance, () => stopping)
onStop(async () => {
  stopping = true
  await ended
  await close()
})
