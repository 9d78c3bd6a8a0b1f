/**
 * What the policy says of one operation or connection attempt (policy.md B3, rules 2 to 4): any
 * matching deny, else any matching allow, else a window, else an exception, else the default.
 */
import type { Operation } from '#sensor'
import { contains } from './address.ts'
import type { Address, Prefix } from './address.ts'
import { fits, subjectOf, text } from './entry-match.ts'
import type { Fit, Subject } from './entry-match.ts'
import { violationCodes } from './policy.ts'
import type { Channel, Conduit, Defaults, Parties, ViolationCode } from './policy.ts'

/** Who reaches whom, and how: all that a verdict may depend on besides the operation. */
export interface Question {
  readonly from: string
  readonly to: string
  readonly client: Address | undefined
  readonly server: Address | undefined
  readonly port: number
  readonly transport: string
  /** '' where the bytes are not recognised, or none came. */
  readonly protocol: string
  /** Bytes came that are no known protocol. */
  readonly unrecognised: boolean
  readonly operation: Operation | undefined
}

export interface Verdict {
  readonly verdict: 'allowed' | 'violation' | 'not-assessable'
  readonly code?: ViolationCode
  readonly reason?: string
  readonly conduit?: string
  readonly line: number
  /** Id of the deny line that decided. */
  readonly deny?: string
}

interface Way {
  readonly conduit: Conduit
  readonly channel: Channel
}

/** OPC UA Part 4 5.5: asked before a session can be, over a channel without security. */
const discoveryServices = new Set(['GetEndpoints', 'FindServers', 'FindServersOnNetwork'])

/** Undefined: no conduit and no channel speaks of it, the default decides. */
export function judgeWays(
  question: Question,
  conduits: readonly Conduit[],
  defaults: Defaults,
): Verdict | undefined {
  const forth = conduits.filter((conduit) => joins(conduit, question.from, question.to))
  if (forth.length === 0) return reversed(question, conduits)
  const all = forth.flatMap((conduit) => conduit.channels.map((channel) => ({ conduit, channel })))
  let ways: readonly Way[] = all
  const steps: [ViolationCode, (way: Way) => boolean][] = [
    ['V-ENDPOINT', ({ channel }) => reaches(channel, question)],
    ['V-PORT', ({ channel }) => channel.ports?.includes(question.port) ?? true],
    ['V-PROTOCOL', ({ channel }) => speaks(channel, question, defaults)],
  ]
  for (const [code, test] of steps) {
    const left = ways.filter(test)
    if (left.length === 0) return violation(code, ways[0] ?? { conduit: forth[0]! })
    ways = left
  }
  if (question.operation === undefined) return allowed(ways[0]!)
  return judgeOperation(subjectOf(question.operation), ways, defaults)
}

function reversed(question: Question, conduits: readonly Conduit[]): Verdict | undefined {
  if (question.from === question.to) return undefined
  const back = conduits.find((conduit) => joins(conduit, question.to, question.from))
  return back === undefined ? undefined : violation('V-DIRECTION', { conduit: back })
}

function joins({ from, to }: Conduit, source: string, destination: string): boolean {
  return from.includes(source) && to.includes(destination)
}

function reaches({ clients, servers, transport }: Channel, question: Question): boolean {
  if (transport !== undefined && transport !== question.transport) return false
  return among(clients, question.client) && among(servers, question.server)
}

export function among(parties: Parties | undefined, address: Address | undefined): boolean {
  if (parties === undefined) return true
  return address !== undefined && parties.some((prefix: Prefix) => contains(prefix, address))
}

function speaks(channel: Channel, question: Question, defaults: Defaults): boolean {
  const { protocol, unrecognised } = question
  if (channel.protocol === 'other') return protocol === ''
  if (protocol === '') return !unrecognised || defaults.unknownProtocol === 'observe'
  if (protocol === 'tls') return channel.tlsRequired || channel.protocol === 'mqtt'
  if (channel.protocol === protocol) return true
  // Sparkplug is carried by MQTT, whose sessions and subscriptions a host or edge node needs.
  if (channel.protocol === 'mqtt') return protocol === 'sparkplug'
  if (channel.protocol !== 'sparkplug' || protocol !== 'mqtt') return false
  const classes = question.operation?.draft.classes ?? []
  return classes.every((name) => !['publish', 'write', 'command'].includes(name))
}

function judgeOperation(
  subject: Subject,
  ways: readonly Way[],
  defaults: Defaults,
): Verdict | undefined {
  const { draft } = subject.operation
  const denied = deniedBy(subject, ways)
  if (denied !== undefined) return denied
  const secure = ways.filter(({ channel }) => isSecure(channel, subject))
  if (draft.notAssessable?.includes('encrypted') === true) {
    const [way] = secure
    if (way === undefined) return violation('V-SECURITY', ways[0]!)
    if (way.channel.allow === undefined) return allowed(way)
    return defaults.opaque === 'violation'
      ? violation('V-OPERATION', way)
      : { ...allowed(way), verdict: 'not-assessable', reason: 'encrypted' }
  }
  let verdict: Verdict | undefined
  for (const wanted of neededClasses(subject)) {
    const found = bestOf(subject, ways, wanted)
    if (found.verdict === 'violation') return found
    if (verdict === undefined || found.verdict === 'not-assessable') verdict = found
  }
  return verdict ?? allowed(ways[0]!)
}

function deniedBy(subject: Subject, ways: readonly Way[]): Verdict | undefined {
  for (const { conduit, channel } of ways) {
    for (const entry of channel.deny) {
      if (!subject.operation.draft.classes.some((name) => fits(entry, subject, name) === 'fits')) {
        continue
      }
      return { ...violation('V-OPERATION', { conduit, channel }), line: entry.line, deny: entry.id }
    }
  }
  return undefined
}

/** Setting up the session that an allowed operation needs is allowed with it. */
function neededClasses({ operation, protocol, fields }: Subject): readonly string[] {
  const { classes } = operation.draft
  if (protocol === 'opcua' && discoveryServices.has(text(fields['opcua.service']) ?? '')) {
    return ['session']
  }
  if (protocol === 'mqtt' && classes[0] === 'other') return ['session']
  return classes
}

function bestOf(subject: Subject, ways: readonly Way[], wanted: string): Verdict {
  let furthest = -1
  let best: Verdict | undefined
  for (const way of ways) {
    for (const entry of way.channel.allow ?? [undefined]) {
      let fit: Fit = entry === undefined ? 'fits' : fits(entry, subject, wanted)
      if (fit === 'fits' && !isSecure(way.channel, subject)) fit = 'V-SECURITY'
      const line = entry?.line ?? way.channel.line
      if (fit === 'fits') return { ...allowed(way), line }
      const rank = fit === 'unknown' ? violationCodes.length : violationCodes.indexOf(fit)
      if (rank <= furthest) continue
      furthest = rank
      best =
        fit === 'unknown'
          ? { ...allowed(way), line, verdict: 'not-assessable', reason: 'midstream' }
          : { ...violation(fit, way), line }
    }
  }
  return best ?? violation('V-OPERATION', ways[0]!)
}

function isSecure({ security, tlsRequired }: Channel, { fields, operation }: Subject): boolean {
  if (tlsRequired && operation.draft.notAssessable?.includes('encrypted') !== true) return false
  if (security === undefined) return true
  const service = text(fields['opcua.service']) ?? ''
  if (discoveryServices.has(service) || service.endsWith('SecureChannel')) return true
  const mode = text(fields['opcua.security_mode'])
  if (mode !== undefined && security.modes?.includes(mode) === false) return false
  const policy = text(fields['opcua.security_policy'])?.replace(/^.*#/, '')
  if (policy !== undefined && security.policies !== undefined) {
    if (!security.policies.some((pattern) => globPolicy(pattern, policy))) return false
  }
  return security.anonymous !== false || fields['opcua.session.identity'] !== 'anonymous'
}

function globPolicy(pattern: string, policy: string): boolean {
  return pattern.endsWith('*') ? policy.startsWith(pattern.slice(0, -1)) : policy === pattern
}

function allowed({ conduit, channel }: Way): Verdict {
  return { verdict: 'allowed', conduit: conduit.id, line: channel.line }
}

function violation(code: ViolationCode, at: { conduit: Conduit; channel?: Channel }): Verdict {
  const line = at.channel?.line ?? at.conduit.line
  return { verdict: 'violation', code, conduit: at.conduit.id, line }
}
