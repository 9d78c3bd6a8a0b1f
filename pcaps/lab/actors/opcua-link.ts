/** An OPC UA client of the plant: channel, session and how both are closed. */

import { join } from 'node:path'
import {
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  UserTokenType,
  type ClientSession,
  type UserIdentityInfo,
} from 'node-opcua'
import type { OpcuaUser } from '../plan/opcua-plan.ts'
import type { Plant } from '../plan/plant.ts'
import type { Host } from '../plan/hosts.ts'
import { certificateManager } from './certificates.ts'

export type OpcuaLink = { readonly session: ClientSession; readonly close: () => Promise<void> }

export async function openOpcua(
  plant: Plant,
  host: Host,
  mode: MessageSecurityMode,
  user: OpcuaUser | null,
): Promise<OpcuaLink> {
  const manager = await certificateManager(plant.seed, `${host.name}-client`)
  const secured = mode !== MessageSecurityMode.None
  const client = OPCUAClient.create({
    applicationName: host.name,
    applicationUri: `urn:${host.name}:client`,
    clientName: `${host.name} session`,
    clientCertificateManager: manager,
    certificateFile: join(manager.rootDir, 'client.pem'),
    securityMode: mode,
    securityPolicy: secured ? SecurityPolicy.Basic256Sha256 : SecurityPolicy.None,
    // The server calls itself by name and the plant has no name service.
    endpointMustExist: false,
    connectionStrategy: { maxRetry: 5, initialDelay: 300, maxDelay: 1500 },
    keepSessionAlive: false,
  })
  await client.connect(`opc.tcp://${plant.hosts.uaServer.ip}:${plant.opcua.port}`)
  const identity: UserIdentityInfo =
    user === null
      ? { type: UserTokenType.Anonymous }
      : { type: UserTokenType.UserName, userName: user.name, password: user.password }
  const session = await client.createSession(identity)
  const close = async (): Promise<void> => {
    await session.close(true)
    await client.disconnect()
  }
  return { session, close }
}
