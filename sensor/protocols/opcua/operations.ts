/** Operations of service requests, and what their responses say of them. */
import type { Answer, Fields, NotAssessable, OperationDraft } from '../../operation.ts'
import type { IdentityStatement } from '../dissector.ts'
import type { Connection } from './connection.ts'
import type { OpcUaMessage } from './message.ts'
import type { Session } from './server.ts'
import { discoveryServices } from './services/discovery.ts'
import { GOOD, joined, statusAnswer, TARGETS_MAX } from './services/service.ts'
import type { Item, Request, Response, Service } from './services/service.ts'
import { sessionKey } from './services/sessions.ts'
import { serviceOf } from './services/table.ts'
import { isBad, statusText } from './text.ts'
import type { RequestHeader } from './types.generated.ts'

const NOTHING: readonly OperationDraft[] = []
const ONE: readonly Item[] = [{ targets: [], detail: '' }]
const ENCRYPTED: readonly NotAssessable[] = ['encrypted']

/** The session of a request: known, unknown because we came late, or none at all. */
interface Who {
  readonly session: Session | undefined
  readonly midstream: boolean
}

const NOBODY: Who = { session: undefined, midstream: false }

function whoAsks(header: RequestHeader | undefined, connection: Connection): Who {
  const key = header === undefined ? '' : sessionKey(header.authenticationToken)
  if (key === '') return NOBODY
  const session = connection.server.sessions.get(key)
  return { session, midstream: session === undefined }
}

export function operationsOf(
  message: OpcUaMessage,
  connection: Connection,
): readonly OperationDraft[] {
  const { type, opaque } = message
  if (type === 'HEL') return NOTHING
  if (opaque) return [sealed(message, connection)]
  const service = serviceOf(message.service)
  const request = message.body as Partial<Request> | undefined
  message.body = undefined
  if (type !== 'CLO' && type !== 'OPN') {
    if (discoveryServices.has(message.service)) connection.discovered = true
    else connection.used = true
  }
  if (request === undefined) return [bare(message, connection, service)]
  const items = service.items?.(request as Request, connection) ?? ONE
  message.memory = service.memory?.(request as Request, connection)
  message.statements = service.identifyClient?.(request as Request)
  const who = whoAsks(request.requestHeader, connection)
  const limited = message.limited || items.length >= TARGETS_MAX
  const doubts = doubtsOf(limited, who.midstream)
  const base = baseFields(message, connection, who.session)
  const prefix = kindPrefix(message, connection, who, doubts)
  return items.map((item) => draft(message, service, item, who, base, prefix, doubts))
}

function doubtsOf(limited: boolean, midstream: boolean): readonly NotAssessable[] | undefined {
  if (!limited && !midstream) return undefined
  if (!limited) return MIDSTREAM
  return midstream ? ['limit', 'midstream'] : ['limit']
}

const MIDSTREAM: readonly NotAssessable[] = ['midstream']

function baseFields(
  message: OpcUaMessage,
  connection: Connection,
  session: Session | undefined,
): Record<string, Fields[string]> {
  const { policy, mode, endpointUrl } = connection
  const fields: Record<string, Fields[string]> = {}
  if (message.service !== '') fields['opcua.service'] = message.service
  if (message.typeId !== 0) fields['opcua.service_id'] = message.typeId
  if (mode !== undefined) fields['opcua.security_mode'] = mode
  if (policy !== '') fields['opcua.security_policy'] = policy
  if (connection.channelId !== 0) fields['opcua.secure_channel_id'] = connection.channelId
  if (endpointUrl !== '') fields['opcua.endpoint_url'] = endpointUrl
  if (message.type === 'CLO' && isDiscoveryOnly(connection)) {
    fields['ot.session.discovery_only'] = true
  }
  if (session === undefined) return fields
  if (session.name !== '') fields['opcua.session.name'] = session.name
  if (session.identity !== undefined) fields['opcua.session.identity'] = session.identity
  if (session.applicationUri !== '') fields['opcua.application_uri'] = session.applicationUri
  return fields
}

/** Equal for all operations of this service by this session on this channel. */
function kindPrefix(
  message: OpcUaMessage,
  connection: Connection,
  { session, midstream }: Who,
  doubts: readonly NotAssessable[] | undefined,
): string {
  const { typeId, service } = message
  const what = service === '' ? `${message.type} ${typeId}` : service
  if (message.type === 'CLO') {
    return `${what} ${connection.security} ${isDiscoveryOnly(connection)} ${connection.endpointUrl}`
  }
  const channel = `${what} ${connection.security} ${doubts?.join(',') ?? ''}`
  if (session === undefined) return midstream ? `${channel} ?` : channel
  const { identity = '', user, name, applicationUri } = session
  return `${channel} ${identity} ${joined([user, name, applicationUri, connection.endpointUrl])}`
}

function draft(
  message: OpcUaMessage,
  service: Service,
  item: Item,
  { session }: Who,
  base: Fields,
  prefix: string,
  notAssessable: readonly NotAssessable[] | undefined,
): OperationDraft {
  const user = item.user ?? session?.user ?? ''
  const { values, numbers } = item
  return {
    action: actionOf(message),
    classes: item.classes ?? service.classes,
    targets: item.targets,
    kind: `${prefix} ${joined(item.targets)} ${item.detail}`,
    fields: item.fields === undefined ? base : { ...base, ...item.fields },
    ...(values === undefined || values.length === 0 ? {} : { values }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(user === '' ? {} : { user }),
    ...(notAssessable === undefined ? {} : { notAssessable }),
  }
}

function actionOf({ service, typeId, type }: OpcUaMessage): string {
  if (service !== '') return service
  return typeId === 0 ? type : `Service ${typeId}`
}

/** Of a service without a readable body, or that the standard does not have. */
function bare(message: OpcUaMessage, connection: Connection, service: Service): OperationDraft {
  const doubts = doubtsOf(message.limited, false)
  const base = baseFields(message, connection, undefined)
  const prefix = kindPrefix(message, connection, NOBODY, doubts)
  return draft(message, service, { targets: [], detail: '' }, NOBODY, base, prefix, doubts)
}

function isDiscoveryOnly({ mode, discovered, used }: Connection): boolean {
  return mode === 'None' && discovered && !used
}

const sealedActions = { OPN: 'OpenSecureChannel', CLO: 'CloseSecureChannel', MSG: 'MSG' } as const

/** Below the security header nothing is reported. */
function sealed(message: OpcUaMessage, connection: Connection): OperationDraft {
  const type = message.type as keyof typeof sealedActions
  const fields: Record<string, Fields[string]> = {}
  const { mode, policy, endpointUrl } = connection
  if (mode !== undefined) fields['opcua.security_mode'] = mode
  if (policy !== '') fields['opcua.security_policy'] = policy
  if (connection.channelId !== 0) fields['opcua.secure_channel_id'] = connection.channelId
  if (endpointUrl !== '') fields['opcua.endpoint_url'] = endpointUrl
  return {
    action: sealedActions[type],
    classes: type === 'MSG' ? ['other'] : ['session'],
    targets: [],
    kind: `${type} sealed ${connection.security} ${endpointUrl}`,
    fields,
    notAssessable: ENCRYPTED,
  }
}

const UNKNOWN: Answer = { outcome: 'unknown' }
const NO_STATEMENTS: readonly IdentityStatement[] = []
const SUCCESS: Answer = { outcome: 'success' }

export function answerOf(
  request: OpcUaMessage,
  response: OpcUaMessage,
  item: number,
  connection: Connection,
): Answer | undefined {
  if (response.type === 'ERR' || response.flag === 'A') {
    const status = statusText(response.status)
    const fields = { 'opcua.status_code': response.status, 'opcua.status': status }
    return { outcome: 'failure', status, fields }
  }
  if (response.opaque) return SUCCESS
  const { service, body } = response
  if (service !== request.service && service !== 'ServiceFault') return undefined
  if (body === undefined) return UNKNOWN
  const code = (body as Partial<Response>).responseHeader?.serviceResult ?? 0
  if (isBad(code)) return statusAnswer(code)
  if (service === 'ServiceFault') return statusAnswer(code)
  const handler = serviceOf(service)
  if (item === 0) handler.learn?.(body as Response, connection, request.memory)
  return handler.answer?.(body as Response, item, connection, request.memory) ?? GOOD
}

export function identitiesOf(
  message: OpcUaMessage,
  request: OpcUaMessage | undefined,
  connection: Connection,
): readonly IdentityStatement[] {
  if (message.endpointUrl !== '') return hostname(message.endpointUrl)
  if (message.role === 'request') return message.statements ?? NO_STATEMENTS
  const { body, service } = message
  if (message.role !== 'response' || body === undefined) return NO_STATEMENTS
  // An answer whose request was not seen still says who the server is.
  if (request !== undefined && request.service !== service) return NO_STATEMENTS
  const handler = serviceOf(service)
  const said = handler.identifyServer?.(body as Response, connection, request?.memory)
  return said ?? NO_STATEMENTS
}

/** `opc.tcp://host:4840/path` of a HEL: the name by which the client knows the server. */
function hostname(url: string): readonly IdentityStatement[] {
  const from = url.indexOf('://') + 3
  if (from < 3) return NO_STATEMENTS
  let to = from
  while (to < url.length && url[to] !== ':' && url[to] !== '/') to++
  const value = url.slice(from, to)
  if (value === '' || value === 'localhost' || isAddress(value)) return NO_STATEMENTS
  return [{ of: 'server', attribute: 'hostname', value, confidence: 'C' }]
}

/** IPv6 literals stand in brackets, IPv4 ends in a digit, names do not (RFC 3986, 3.2.2). */
function isAddress(host: string): boolean {
  const last = host.slice(host.lastIndexOf('.') + 1)
  return host.startsWith('[') || (last !== '' && !Number.isNaN(Number(last)))
}
