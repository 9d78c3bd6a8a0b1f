/** People who log in, look, and log out: the operator at the HMI, the engineer with encryption. */

import { AttributeIds, MessageSecurityMode } from 'node-opcua'
import { openOpcua } from './opcua-link.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat } from './schedule.ts'

const { plant, host, args, chance, say } = role('opcua visitor')
const phase = phaseOf(args[0])
const plan = plant.opcua
const isOperator = host.key === 'hmi'
const user = isOperator ? plan.users.operator : plan.users.engineer
const mode = isOperator ? MessageSecurityMode.None : MessageSecurityMode.SignAndEncrypt
let stopping = false

async function visit(): Promise<void> {
  const { session, close } = await openOpcua(plant, host, mode, user)
  await session.browse(plan.objectId)
  await session.read(
    plan.variables.map(({ nodeId }) => ({
      nodeId,
      attributeId: AttributeIds.Value,
    })),
  )
  await close()
  say({ ready: true })
}

const ended = repeat(
  [{ everyMs: isOperator ? 17000 : 29000, work: visit }],
  phase,
  chance,
  () => stopping,
)
onStop(async () => {
  stopping = true
  await ended
})
