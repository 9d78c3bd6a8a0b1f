/** Whether one line of `allow` or `deny` speaks of an operation, class by class. */
import type { Fields, FieldValue, Operation } from '#sensor'
import { glob, topicMatches } from './patterns.ts'
import type { Command, Entry, Ops, Span, ViolationCode } from './policy.ts'

/**
 * What a line says of one class of an operation: it fits, or the first thing that does not;
 * `unknown` where it depends on what was said before the connection was joined.
 */
export type Fit = 'fits' | 'unknown' | ViolationCode

/**
 * OPC UA Part 4 5.13 and 5.14: who may create a subscription may run it. TransferSubscriptions is
 * left out: it takes over another's.
 */
const subscriptionServices = new Set([
  'CreateMonitoredItems',
  'ModifyMonitoredItems',
  'SetMonitoringMode',
  'SetTriggering',
  'DeleteMonitoredItems',
  'CreateSubscription',
  'ModifySubscription',
  'SetPublishingMode',
  'Publish',
  'Republish',
  'DeleteSubscriptions',
])

/** OPC UA Part 4 5.8: services that go with another one and reach nothing that it does not. */
const companions: Readonly<Record<string, string>> = {
  BrowseNext: 'Browse',
  TranslateBrowsePathsToNodeIds: 'Browse',
  RegisterNodes: 'Read',
  UnregisterNodes: 'Read',
}

/** The service that stands for one and what goes with it: who may the one may the other. */
export function serviceFamily(service: string): string {
  if (subscriptionServices.has(service)) return 'CreateSubscription'
  return Object.hasOwn(companions, service) ? (companions[service] ?? service) : service
}

/** An operation as the lines of the policy ask about it; made once for all lines. */
export interface Subject {
  readonly operation: Operation
  readonly protocol: string
  readonly fields: Fields
}

export function subjectOf(operation: Operation): Subject {
  const { draft } = operation
  return { operation, protocol: draft.protocol ?? operation.protocol, fields: draft.fields }
}

export function text(value: FieldValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: FieldValue | undefined): number {
  return typeof value === 'number' ? value : -1
}

export function fits(entry: Entry, subject: Subject, wanted: string): Fit {
  const client = clientFit(entry, subject)
  if (client !== 'fits' || wanted === 'session') return client
  if (!selects(entry, subject, wanted)) return 'V-OPERATION'
  if (targetsFit(entry, subject, wanted)) return 'fits'
  return isUnnamed(entry, subject) ? 'unknown' : 'V-TARGET'
}

/** All but the name of a metric fits, whose alias was explained before we listened. */
function isUnnamed({ commands }: Entry, subject: Subject): boolean {
  const { operation, fields } = subject
  if (operation.draft.notAssessable?.includes('midstream') !== true) return false
  if (fields['sparkplug.alias'] === undefined || fields['sparkplug.metric'] !== undefined) {
    return false
  }
  return commands?.some((command) => isAddressed(command, subject)) ?? false
}

function clientFit(entry: Entry, { fields }: Subject): Fit {
  if (entry.clientIds === undefined) return 'fits'
  const id = text(fields['mqtt.client_id'])
  if (id === undefined) return 'unknown'
  return entry.clientIds.some((pattern) => glob(pattern, id)) ? 'fits' : 'V-ENDPOINT'
}

function selects(entry: Entry, subject: Subject, wanted: string): boolean {
  const { ops, services, publish, subscribe, commands } = entry
  const open = ops ?? services ?? publish ?? subscribe ?? commands
  if (open === undefined) return true
  if (ops !== undefined && opsInclude(ops, subject, wanted)) return true
  if (services !== undefined && servicesInclude(services, subject)) return true
  switch (wanted) {
    case 'publish':
      return publish !== undefined
    case 'subscribe':
    case 'deliver':
      return subscribe !== undefined
    case 'write':
    case 'command':
      return commands !== undefined && subject.protocol === 'sparkplug'
    default:
      return false
  }
}

export function opsInclude(ops: Ops, { fields, protocol }: Subject, wanted: string): boolean {
  if (ops.classes.has(wanted)) return true
  if (wanted === 'deliver' && ops.classes.has('subscribe')) return true
  if (protocol === 'opcua' && ops.classes.has('subscribe')) {
    if (subscriptionServices.has(text(fields['opcua.service']) ?? '')) return true
  }
  const code = number(fields['modbus.function_code'])
  const sub = number(fields['modbus.subfunction_code'])
  return ops.functions.some((f) => f.code === code && (f.sub === undefined || f.sub === sub))
}

function servicesInclude(services: ReadonlySet<string>, { fields }: Subject): boolean {
  const service = text(fields['opcua.service']) ?? ''
  return services.has(service) || services.has(serviceFamily(service))
}

function targetsFit(entry: Entry, subject: Subject, wanted: string): boolean {
  const { units, qosMax, retain } = entry
  const { fields } = subject
  if (units !== undefined && !within(units, number(fields['modbus.unit_id']))) return false
  if (wanted === 'publish' && subject.protocol !== 'opcua') {
    if (qosMax !== undefined && number(fields['mqtt.qos']) > qosMax) return false
    if (retain === false && fields['mqtt.retain'] === true) return false
  }
  return targetsOf(subject.operation, wanted).every((target) =>
    targetFits(entry, subject, target, wanted),
  )
}

/** FC 23 has its write first and its read second, as its classes are. */
export function targetsOf({ draft }: Operation, wanted: string): readonly string[] {
  const { targets, classes } = draft
  if (classes.length < 2 || classes.length !== targets.length) return targets
  const target = targets[classes.indexOf(wanted as (typeof classes)[number])]
  return target === undefined ? targets : [target]
}

function within(spans: readonly Span[], value: number): boolean {
  return spans.some(({ first, last }) => value >= first && value <= last)
}

function targetFits(entry: Entry, subject: Subject, target: string, wanted: string): boolean {
  const colon = target.indexOf(':')
  const kind = target.slice(0, colon)
  const rest = target.slice(colon + 1)
  switch (kind) {
    case 'node':
      return entry.nodes?.some((pattern) => glob(pattern, rest)) ?? true
    case 'method':
      return entry.methods?.some((pattern) => glob(pattern, rest)) ?? true
    case 'topic':
      return topicFits(entry, rest, wanted)
    case 'metric':
      return wanted === 'publish' || wanted === 'deliver' || commandFits(entry, subject, rest)
    default:
      return entry.ranges === undefined || rangeFits(entry.ranges, kind, rest)
  }
}

function topicFits({ publish, subscribe }: Entry, topic: string, wanted: string): boolean {
  const filters = wanted === 'publish' ? publish : subscribe
  return filters?.some((filter) => topicMatches(filter, topic)) ?? true
}

function commandFits({ commands }: Entry, subject: Subject, metric: string): boolean {
  if (commands === undefined) return true
  const { fields } = subject
  const name = text(fields['sparkplug.metric']) ?? metric.slice(metric.lastIndexOf('/') + 1)
  return commands.some(
    (command) =>
      isAddressed(command, subject) &&
      (command.metrics?.some((pattern) => glob(pattern, name)) ?? true),
  )
}

/** The type and the edge node are those of a command that a line speaks of. */
function isAddressed({ types, edges }: Command, { fields }: Subject): boolean {
  const type = text(fields['sparkplug.message_type']) ?? ''
  const group = text(fields['sparkplug.group_id']) ?? ''
  const edge = `${group}/${text(fields['sparkplug.edge_node_id']) ?? ''}`
  return (types?.includes(type) ?? true) && (edges?.some((pattern) => glob(pattern, edge)) ?? true)
}

/** `40-43` in one of the table's ranges; a file by its number. */
function rangeFits(
  ranges: ReadonlyMap<string, readonly Span[]>,
  table: string,
  rest: string,
): boolean {
  const spans = ranges.get(table)
  if (spans === undefined) return false
  const end = rest.search(/[^0-9]/)
  const first = Number(end < 0 ? rest : rest.slice(0, end))
  const last = rest[end] === '-' ? Number(rest.slice(end + 1)) : first
  return spans.some((span) => first >= span.first && last <= span.last)
}
