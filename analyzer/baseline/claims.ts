/** What an operation says of its parties, as entries: each is usual, or new. */
import type { Fields, Operation, OperationDraft } from '#sensor'
import { serviceFamily, targetsOf } from '../zones/entry-match.ts'
import { pairEntry, spanOf, word } from './entry.ts'
import type { Item, Span } from './entry.ts'
import { looksRandom, randomSuffix } from './random-suffix.ts'
import { branchOf, sparkplugBranch } from './topics.ts'

export interface Claim {
  readonly item: Item
  readonly entry: string
  /** Of a register target: known where a known range covers it. */
  readonly span: Span | undefined
  /** Of a binding: whom it is about, `client-id edge-1`. */
  readonly bound: string
}

export interface Parties {
  readonly client: string
  readonly server: string
}

/** Targets of one operation that are held against the baseline one by one. */
const TARGETS_MAX = 1000
/** The rest together: new as long as nobody has approved that there is one. */
const FURTHER = 'further targets'

/** Classes whose targets mean something: what was read, set, made to act, asked to stand. */
const targeted = new Set(['program', 'control', 'command', 'write', 'read', 'subscribe'])

export function claimsOf(operation: Operation, parties: Parties): Claim[] {
  const { draft } = operation
  const claims = talkClaims(operation, parties)
  // What the broker hands on follows from a subscription, which was judged.
  if (draft.classes.includes('deliver')) return claims
  const { fields } = draft
  const protocol = draft.protocol ?? operation.protocol
  doingClaims(operation, protocol, fields, parties, claims)
  if (protocol === 'modbus') modbusClaims(fields, parties, claims)
  else if (protocol === 'opcua') opcuaClaims(operation, fields, parties, claims)
  else if (protocol === 'mqtt' || protocol === 'sparkplug') {
    mqttClaims(operation, protocol, fields, parties, claims)
  }
  return claims
}

function claim(item: Item, entry: string, bound = ''): Claim {
  return { item, entry, span: spanOf(entry), bound }
}

/** Who talks to whom, and where the server listens. */
function talkClaims({ flow, client, server, draft, protocol }: Operation, at: Parties): Claim[] {
  // OPC UA ReverseHello: the client listens, and its port says nothing of the server.
  const opened = client.ip === flow.client.ip && client.port === flow.client.port
  const name = draft.protocol ?? protocol
  const carrier = name === 'sparkplug' ? 'mqtt' : name
  const port = opened ? `${carrier} ${flow.transport}/${server.port}` : `${carrier} reverse`
  return [
    claim('talker', pairEntry('talker', at.client, at.server, '')),
    claim('port', pairEntry('port', at.client, at.server, port)),
    claim('service', `service ${at.server} ${port}`),
  ]
}

export function conversationClaims(
  transport: string,
  port: number,
  protocol: string,
  { client, server }: Parties,
): Claim[] {
  const what = `${protocol === '' ? 'unknown' : word(protocol)} ${transport}/${port}`
  return [
    claim('talker', pairEntry('talker', client, server, '')),
    claim('port', pairEntry('port', client, server, what)),
    claim('service', `service ${server} ${what}`),
  ]
}

export function anomalyClaim(protocol: string, code: string, server: string): Claim {
  return claim('anomaly', `anomaly ${server} ${word(protocol)} ${word(code)}`)
}

function doingClaims(
  operation: Operation,
  protocol: string,
  fields: Fields,
  { client, server }: Parties,
  claims: Claim[],
): void {
  const { draft } = operation
  const { classes } = draft
  const unit = fields['modbus.unit_id']
  const place = typeof unit === 'number' ? `${protocol} unit ${unit}` : protocol
  const unresolved = isUnresolved(draft)
  const upkeep = classes[0] === 'session' || (classes[0] === 'other' && protocol !== 'modbus')
  if (upkeep) return
  for (const name of classes) {
    claims.push(
      claim('client-of-class', pairEntry('client-of-class', client, server, `${protocol} ${name}`)),
    )
  }
  if (classes[0] !== 'publish') {
    const service = fields['opcua.service']
    const action = typeof service === 'string' ? serviceFamily(service) : mqttFamily(draft.action)
    const what = `${protocol} ${word(action)}`
    claims.push(claim('operation', pairEntry('operation', client, server, what)))
  }
  for (const name of classes) {
    if (!targeted.has(name) || unresolved) continue
    const targets = targetsOf(operation, name)
    for (const target of targets.slice(0, TARGETS_MAX)) {
      const what = `${place} ${name} ${word(target)}`
      claims.push(claim('target', pairEntry('target', client, server, what)))
    }
    if (targets.length <= TARGETS_MAX) continue
    const what = `${place} ${name} ${word(FURTHER)}`
    claims.push(claim('target', pairEntry('target', client, server, what)))
  }
}

/** A metric by an alias whose birth was not seen: what it is is not known, and not new. */
export function isUnresolved(draft: OperationDraft): boolean {
  if (draft.notAssessable?.includes('midstream') !== true) return false
  const { fields } = draft
  return fields['sparkplug.alias'] !== undefined && fields['sparkplug.metric'] === undefined
}

/** Who subscribes may unsubscribe. */
function mqttFamily(action: string): string {
  return action === 'UNSUBSCRIBE' ? 'SUBSCRIBE' : action
}

function modbusClaims(fields: Fields, { server }: Parties, claims: Claim[]): void {
  const unit = fields['modbus.unit_id']
  if (typeof unit === 'number') claims.push(claim('unit', `unit ${server} modbus ${unit}`))
}

const discovery = new Set(['GetEndpoints', 'FindServers', 'FindServersOnNetwork'])

function opcuaClaims(
  { draft }: Operation,
  fields: Fields,
  { client, server }: Parties,
  claims: Claim[],
): void {
  const service = fields['opcua.service']
  const mode = fields['opcua.security_mode']
  const policy = fields['opcua.security_policy']
  // Discovery goes over a channel without security at secured servers too (Part 4 5.5).
  const looking =
    typeof service !== 'string' || discovery.has(service) || service.endsWith('SecureChannel')
  // Without the policy the OPN was not seen: what is not known is not new.
  if (typeof mode === 'string' && typeof policy === 'string' && !looking) {
    const short = policy.replace(/^.*#/, '')
    const what = `opcua ${word(mode)}${short === '' ? '' : ` ${word(short)}`}`
    claims.push(claim('security', pairEntry('security', client, server, what)))
  }
  const identity = fields['opcua.session.identity']
  if (typeof identity === 'string') {
    const user = draft.user === undefined ? '' : ` ${word(draft.user)}`
    const what = `opcua ${word(identity)}${user}`
    claims.push(claim('identity', pairEntry('identity', client, server, what)))
  }
  const application = fields['opcua.application_uri']
  if (typeof application === 'string') {
    const what = `opcua application ${word(application)}`
    claims.push(claim('identity', pairEntry('identity', client, server, what)))
  }
  const certificate = certificateClaim(fields, client)
  if (certificate !== undefined) claims.push(certificate)
  if (draft.user !== undefined) claims.push(userClaim('opcua', draft.user, client))
}

/** A certificate and who shows it; of its owner's names another one is a renewal. */
function certificateClaim(fields: Fields, client: string): Claim | undefined {
  const print = fields['opcua.certificate.sha256']
  if (typeof print !== 'string') return undefined
  const names = ['subject', 'issuer'].map((part) => fields[`opcua.certificate.${part}`])
  const owner = [client, ...names.map((name) => word(typeof name === 'string' ? name : ''))]
  return claim('certificate', `certificate opcua ${word(print)} ${owner.join(' ')}`)
}

function mqttClaims(
  { draft }: Operation,
  protocol: string,
  fields: Fields,
  { client, server }: Parties,
  claims: Claim[],
): void {
  const id = fields['mqtt.client_id']
  if (typeof id === 'string' && id !== '') clientIdClaims(id, draft.user, client, claims)
  if (draft.user !== undefined) {
    const what = `mqtt username ${word(draft.user)}`
    claims.push(claim('identity', pairEntry('identity', client, server, what)))
    claims.push(userClaim('mqtt', draft.user, client))
  }
  if (draft.classes[0] !== 'publish') return
  const sparkplug = protocol === 'sparkplug' ? sparkplugBranch(fields) : undefined
  const branch = sparkplug ?? topicBranch(draft.targets, fields)
  if (branch === undefined) return
  const what = `mqtt ${word(branch)}`
  claims.push(claim('topic-branch', pairEntry('topic-branch', client, server, what)))
  if (sparkplug !== undefined) {
    const edge = `edge ${word(branch.split('/').slice(1, 4).join('/'))}`
    claims.push(claim('binding', `binding ${edge} ${client}`, edge))
    return
  }
  const type = fields['mqtt.payload_type']
  if (typeof type !== 'string') return
  claims.push(claim('payload-type', `payload-type ${server} ${what} ${word(type)}`))
}

function topicBranch(targets: readonly string[], fields: Fields): string | undefined {
  const topic = fields['mqtt.topic']
  if (typeof topic === 'string') return branchOf(topic)
  const target = targets.find((text) => text.startsWith('topic:'))
  return target === undefined ? undefined : branchOf(target.slice('topic:'.length))
}

/**
 * Made-up ids of one asset and user are one pattern; others are bound to the asset that has
 * them.
 */
function clientIdClaims(
  id: string,
  user: string | undefined,
  client: string,
  claims: Claim[],
): void {
  const made = looksRandom(id) ? id.length : randomSuffix(id)
  if (made > 0) {
    const pattern = word(`${id.slice(0, id.length - made)}*`)
    const whose = user === undefined ? client : `${client} ${word(user)}`
    claims.push(claim('client-id', `client-id mqtt ${pattern} of ${whose}`))
    return
  }
  const bound = `client-id ${word(id)}`
  claims.push(claim('client-id', `client-id mqtt ${word(id)}`))
  claims.push(claim('binding', `binding ${bound} ${client}`, bound))
}

function userClaim(protocol: string, user: string, client: string): Claim {
  const bound = `user ${protocol} ${word(user)}`
  return claim('binding', `binding ${bound} ${client}`, bound)
}
