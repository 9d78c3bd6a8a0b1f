/**
 * How one service is asked for on one connection: by which session, how secured, to which endpoint.
 * The same for nearly all requests of a connection, so it is worked out when it changes.
 */
import type { Fields, NotAssessable } from '../../operation.ts'
import type { Connection } from './connection.ts'
import { encodingIds, services } from './encoding-ids.generated.ts'
import type { Session } from './server.ts'
import { joined } from './services/service.ts'

export interface Standing {
  /** Ordinal, for hashes. */
  readonly number: number
  readonly session: Session | undefined
  readonly midstream: boolean
  readonly typeId: number
  readonly security: string
  readonly channelId: number
  readonly endpointUrl: string
  readonly namespaces: readonly string[]
  readonly discoveryOnly: boolean
  readonly fields: Fields
  /** Beginning of the kind. */
  readonly kind: string
  readonly doubts: readonly NotAssessable[] | undefined
}

/** The session of a request: known, unknown because we came late, or none at all. */
export interface Who {
  readonly session: Session | undefined
  readonly midstream: boolean
}

export const NOBODY: Who = { session: undefined, midstream: false }

export function standingOf(
  action: string,
  typeId: number,
  { session, midstream }: Who,
  limited: boolean,
  connection: Connection,
): Standing {
  // One place for all services that the standard does not have: their ids are the sender's choice.
  const name = services.has(typeId) ? action : 'other'
  const key = limited ? `${name} limited` : name
  const known = connection.standings.get(key)
  const { channelId, endpointUrl, security } = connection
  const { namespaces } = connection.server
  const discoveryOnly =
    typeId === encodingIds.CloseSecureChannelRequest && isDiscoveryOnly(connection)
  if (
    known !== undefined &&
    known.session === session &&
    known.midstream === midstream &&
    known.typeId === typeId &&
    known.security === security &&
    known.channelId === channelId &&
    known.endpointUrl === endpointUrl &&
    known.namespaces === namespaces &&
    known.discoveryOnly === discoveryOnly
  ) {
    return known
  }
  const doubts = doubtsOf(limited, midstream)
  const standing: Standing = {
    number: connection.server.nextNumber(),
    session,
    midstream,
    typeId,
    security,
    channelId,
    endpointUrl,
    namespaces,
    discoveryOnly,
    fields: fieldsOf(action, typeId, session, discoveryOnly, connection),
    kind: kindOf(action, session, doubts, discoveryOnly, connection),
    doubts,
  }
  connection.standings.set(key, standing)
  return standing
}

/** Mode None, and nothing asked but where and how to connect. */
function isDiscoveryOnly({ mode, discovered, used }: Connection): boolean {
  return mode === 'None' && discovered && !used
}

function doubtsOf(limited: boolean, midstream: boolean): readonly NotAssessable[] | undefined {
  if (limited) return midstream ? ['limit', 'midstream'] : ['limit']
  return midstream ? ['midstream'] : undefined
}

function fieldsOf(
  service: string,
  typeId: number,
  session: Session | undefined,
  discoveryOnly: boolean,
  connection: Connection,
): Fields {
  const fields: Record<string, Fields[string]> = { ...channelFields(connection) }
  if (typeId !== 0) fields['opcua.service'] = service
  if (typeId !== 0) fields['opcua.service_id'] = typeId
  if (discoveryOnly) fields['ot.session.discovery_only'] = true
  if (session === undefined) return fields
  if (session.name !== '') fields['opcua.session.name'] = session.name
  if (session.identity !== undefined) fields['opcua.session.identity'] = session.identity
  if (session.applicationUri !== '') fields['opcua.application_uri'] = session.applicationUri
  return fields
}

/** What is known of the channel, readable or not. */
export function channelFields(connection: Connection): Fields {
  const fields: Record<string, Fields[string]> = {}
  const { mode, policy, channelId, endpointUrl } = connection
  if (mode !== undefined) fields['opcua.security_mode'] = mode
  if (policy !== '') fields['opcua.security_policy'] = policy
  if (channelId !== 0) fields['opcua.secure_channel_id'] = channelId
  if (endpointUrl !== '') fields['opcua.endpoint_url'] = endpointUrl
  return fields
}

function kindOf(
  service: string,
  session: Session | undefined,
  doubts: readonly NotAssessable[] | undefined,
  discoveryOnly: boolean,
  { security, endpointUrl }: Connection,
): string {
  const alike = joined([service, security, endpointUrl])
  const channel = `${alike} ${doubts?.join(',') ?? ''} ${discoveryOnly ? 'discovery' : ''}`
  if (session === undefined) return channel
  const { identity = '', user, name, applicationUri } = session
  return `${channel} ${identity} ${joined([user, name, applicationUri])}`
}
