/** Operations of service requests, and what their responses say of them. */
import type { Answer, NotAssessable, OperationDraft } from '../../operation.ts'
import type { IdentityStatement } from '../dissector.ts'
import { certificateFields, describeCertificate } from './certificates.ts'
import type { Connection } from './connection.ts'
import type { OpcUaMessage } from './message.ts'
import { discoveryServices } from './services/discovery.ts'
import { GOOD, joined, statusAnswer, TARGETS_MAX } from './services/service.ts'
import type { Item, Request, Response, Service } from './services/service.ts'
import { sessionKey } from './services/sessions.ts'
import { serviceOf } from './services/table.ts'
import { channelFields, NOBODY, standingOf } from './standing.ts'
import type { Standing, Who } from './standing.ts'
import { isBad, statusText } from './text.ts'
import type { RequestHeader } from './types.generated.ts'

const NOTHING: readonly OperationDraft[] = []
const ONE: readonly Item[] = [{ targets: [], detail: '' }]
const ENCRYPTED: readonly NotAssessable[] = ['encrypted']

/** Its body could not be read, because the channel's beginning was not seen. */
const LATE: Who = { session: undefined, midstream: true }

function whoAsks(header: RequestHeader | undefined, connection: Connection): Who {
  const key = header === undefined ? '' : sessionKey(header.authenticationToken)
  if (key === '') return NOBODY
  const session = connection.server.session(key)
  return { session, midstream: session === undefined }
}

export function operationsOf(
  message: OpcUaMessage,
  connection: Connection,
): readonly OperationDraft[] {
  const { type, service: name, typeId, opaque, drafts: known, unseen } = message
  if (type === 'HEL') return NOTHING
  if (type === 'RHE') return [reverseHello(message)]
  if (opaque) return [sealed(message, connection)]
  if (type === 'MSG') {
    if (discoveryServices.has(name)) connection.discovered = true
    else connection.used = true
  }
  if (known !== undefined) return known
  const service = serviceOf(name)
  const request = message.body as Partial<Request> | undefined
  // The request may wait long for its answer, which needs what `memory` has and no more.
  message.body = undefined
  message.unseen = undefined
  const unread = connection.signature === undefined ? LATE : NOBODY
  const who = request === undefined ? unread : whoAsks(request.requestHeader, connection)
  let items = ONE
  if (request !== undefined) {
    items = service.items?.(request as Request, connection) ?? ONE
    message.memory = service.memory?.(request as Request, connection)
    message.statements = service.identifyClient?.(request as Request, connection)
  }
  const limited = message.limited || isOver(items)
  const action = actionOf(message)
  const standing = standingOf(action, typeId, who, limited, connection)
  const drafts = items.map((item) => draft(action, service, item, standing))
  if (unseen !== undefined && unseen.standing === standing) {
    connection.server.repeats.keep(unseen, drafts, message.memory)
  }
  return drafts
}

/** Targets or items were left out. */
function isOver(items: readonly Item[]): boolean {
  return items.length >= TARGETS_MAX || items.some(({ targets }) => targets.length >= TARGETS_MAX)
}

function draft(action: string, service: Service, item: Item, standing: Standing): OperationDraft {
  const user = item.user ?? standing.session?.user ?? ''
  const { values, numbers, targets, detail } = item
  const { doubts } = standing
  return {
    action,
    classes: item.classes ?? service.classes,
    targets,
    kind: `${standing.kind} ${joined(targets)} ${detail}`,
    fields: item.fields === undefined ? standing.fields : { ...standing.fields, ...item.fields },
    ...(values === undefined || values.length === 0 ? {} : { values }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(user === '' ? {} : { user }),
    ...(doubts === undefined ? {} : { notAssessable: doubts }),
  }
}

function actionOf({ service, typeId, type }: OpcUaMessage): string {
  if (service !== '') return service
  return typeId === 0 ? type : `Service ${typeId}`
}

/** A server calls its client: who sends it is the source (Part 6, 7.1.3). */
function reverseHello({ serverUri, endpointUrl }: OpcUaMessage): OperationDraft {
  return {
    action: 'ReverseHello',
    classes: ['session'],
    targets: [],
    kind: joined(['ReverseHello', serverUri, endpointUrl]),
    fields: {
      'opcua.service': 'ReverseHello',
      'opcua.endpoint_url': endpointUrl,
      'opcua.application_uri': serverUri,
    },
  }
}

const sealedActions = { OPN: 'OpenSecureChannel', CLO: 'CloseSecureChannel', MSG: 'MSG' } as const

/** Below the security header nothing is reported. */
function sealed(message: OpcUaMessage, connection: Connection): OperationDraft {
  const action = sealedActions[message.type as keyof typeof sealedActions]
  const { certificate } = message
  const { security, endpointUrl } = connection
  message.statements = describeCertificate('client', certificate)
  return {
    action,
    classes: action === 'MSG' ? ['other'] : ['session'],
    targets: [],
    kind: joined([action, 'sealed', security, endpointUrl, certificate?.sha256 ?? '']),
    fields: { ...channelFields(connection), ...certificateFields(certificate) },
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
  if (isBad(code) || service === 'ServiceFault') {
    const answer = statusAnswer(code)
    const ended = serviceOf(request.service).endings?.has(code) === true
    return ended ? { ...answer, outcome: 'unknown' } : answer
  }
  const handler = serviceOf(service)
  if (item === 0) handler.learn?.(body as Response, connection, request.memory)
  return handler.answer?.(body as Response, item, connection, request.memory) ?? GOOD
}

export function identitiesOf(
  message: OpcUaMessage,
  request: OpcUaMessage | undefined,
  connection: Connection,
): readonly IdentityStatement[] {
  if (message.type === 'HEL') return hostname('server', message.endpointUrl)
  if (message.type === 'RHE') return reverseIdentity(message)
  if (message.role === 'request') return message.statements ?? NO_STATEMENTS
  const { body, service, certificate } = message
  if (message.opaque) return describeCertificate('server', certificate)
  if (message.role !== 'response' || body === undefined) return NO_STATEMENTS
  // An answer whose request was not seen still says who the server is.
  if (request !== undefined && request.service !== service) return NO_STATEMENTS
  const handler = serviceOf(service)
  const said = handler.identifyServer?.(body as Response, connection, request?.memory)
  return said ?? NO_STATEMENTS
}

/** Of the sender, which asks here although it is the server. */
function reverseIdentity({ serverUri, endpointUrl }: OpcUaMessage): readonly IdentityStatement[] {
  const host = hostname('client', endpointUrl)
  if (serverUri === '') return host
  return [
    { of: 'client', attribute: 'application-uri', value: serverUri, confidence: 'B' },
    ...host,
  ]
}

/** `opc.tcp://host:4840/path` of a HEL: the name by which the client knows the server. */
function hostname(of: 'client' | 'server', url: string): readonly IdentityStatement[] {
  const from = url.indexOf('://') + 3
  if (from < 3) return NO_STATEMENTS
  let to = from
  while (to < url.length && url[to] !== ':' && url[to] !== '/') to++
  const value = url.slice(from, to)
  if (value === '' || value === 'localhost' || isAddress(value)) return NO_STATEMENTS
  return [{ of, attribute: 'hostname', value, confidence: 'C' }]
}

/** IPv6 literals stand in brackets, IPv4 ends in a digit, names do not (RFC 3986, 3.2.2). */
function isAddress(host: string): boolean {
  const last = host.slice(host.lastIndexOf('.') + 1)
  return host.startsWith('[') || (last !== '' && !Number.isNaN(Number(last)))
}
