/** A controller's OPC UA server: None and signed endpoints, user names, and anonymous allowed. */

import { join } from 'node:path'
import {
  DataType,
  MessageSecurityMode,
  OPCUAServer,
  SecurityPolicy,
  StatusCodes,
  Variant,
  type Namespace,
  type UAObject,
} from 'node-opcua'
import type { OpcuaVariable } from '../plan/opcua-plan.ts'
import { certificateManager } from './certificates.ts'
import { onStop, role } from './role.ts'

const { plant, host, say } = role('opcua server')
const plan = plant.opcua
const manager = await certificateManager(plant.seed, host.name)
const applicationUri = `urn:${host.name}:${plan.folder}`
const users = new Map(Object.values(plan.users).map((user) => [user.name, user.password]))

const server = new OPCUAServer({
  port: plan.port,
  hostname: host.name,
  alternateHostname: [host.ip],
  serverCertificateManager: manager,
  userCertificateManager: manager,
  certificateFile: join(manager.rootDir, 'server.pem'),
  serverInfo: { applicationUri, productUri: plan.namespace },
  buildInfo: {
    productName: plan.productName,
    manufacturerName: 'Siemens AG',
    softwareVersion: 'V2.9.4',
    buildNumber: '204',
    buildDate: new Date(Date.UTC(2024, 4, 14)),
  },
  securityModes: [
    MessageSecurityMode.None,
    MessageSecurityMode.Sign,
    MessageSecurityMode.SignAndEncrypt,
  ],
  securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
  // Left on at commissioning: the reason why the anonymous misuse works.
  allowAnonymous: true,
  userManager: { isValidUser: (name: string, password: string) => users.get(name) === password },
  skipOwnNamespace: false,
})
await server.initialize()

const addressSpace = server.engine.addressSpace
if (addressSpace === null) throw new Error('the server has no address space')
const namespace: Namespace = addressSpace.getOwnNamespace()
const folder = namespace.addObject({
  organizedBy: addressSpace.rootFolder.objects,
  browseName: plan.folder,
  nodeId: plan.objectId,
})

function addVariable(parent: UAObject, each: OpcuaVariable): void {
  let value = (each.low + each.high) / 2
  const started = Date.now()
  namespace.addVariable({
    componentOf: parent,
    browseName: each.browseName,
    nodeId: each.nodeId,
    dataType: DataType.Double,
    minimumSamplingInterval: 100,
    value: {
      get: () => {
        if (!each.writable) {
          const wave = 0.5 + 0.45 * Math.sin((Date.now() - started) / 4000 + each.low)
          value = Math.round((each.low + (each.high - each.low) * wave) * 100) / 100
        }
        return new Variant({ dataType: DataType.Double, value })
      },
      set: (written: Variant) => {
        if (!each.writable) return StatusCodes.BadNotWritable
        value = Number(written.value)
        return StatusCodes.Good
      },
    },
  })
}
for (const each of plan.variables) addVariable(folder, each)

for (const each of [plan.usualMethod, plan.rareMethod]) {
  const method = namespace.addMethod(folder, {
    browseName: each.browseName,
    nodeId: each.nodeId,
    inputArguments: [{ name: 'Number', dataType: DataType.UInt32 }],
    outputArguments: [{ name: 'Accepted', dataType: DataType.Boolean }],
  })
  method.bindMethod((_input, _context, done) => {
    done(null, {
      statusCode: StatusCodes.Good,
      outputArguments: [new Variant({ dataType: DataType.Boolean, value: true })],
    })
  })
}

await server.start()
onStop(async () => {
  await server.shutdown(0)
})
say({ ready: true })
