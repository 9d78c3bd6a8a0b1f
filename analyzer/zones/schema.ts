/**
 * JSON Schema of the policy file, `zones/v1` (IEC 62443-3-2 ZCR 1, 3, 6, 7). It is published, and
 * `input/check.ts` reports from it; a description is the remedy that an operator reads.
 */
import { operationClasses } from '#sensor'

const text = { type: 'string', minLength: 1, maxLength: 500 }
const texts = { type: 'array', items: text, maxItems: 10_000 }
const strictTexts = { ...texts, minItems: 1 }
const flag = { type: 'boolean' }
const name = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$',
  description: 'Use letters, digits, `_`, `.`, `:` and `-`.',
}
const names = { type: 'array', items: name, minItems: 1 }
const vlan = { type: 'integer', minimum: 1, maximum: 4094, description: 'Write a VLAN id, 1-4094.' }
const level = { type: 'integer', minimum: 0, maximum: 4, description: 'Write a level, 0-4.' }
const port = { type: 'integer', minimum: 1, maximum: 65_535, description: 'Write a port, 1-65535.' }
const timeText = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d)?(Z|[+-]\\d\\d:\\d\\d))?$',
  description: 'Write a date, 2026-11-01, or a time with its zone, 2026-11-22T06:00+01:00.',
}
const span = {
  type: 'string',
  pattern: '^\\d{1,5}(-\\d{1,5})?$',
  description: 'Write a number or a range in quotes: "40-59".',
}
const unit = { type: ['integer', 'string'], pattern: '^\\d{1,3}(-\\d{1,3})?$', minimum: 0 }
const units = { type: 'array', items: unit, minItems: 1 }
const protocol = { enum: ['modbus', 'opcua', 'mqtt', 'sparkplug', 'other'] }

function map(properties: object, required: readonly string[] = []) {
  return { type: 'object', additionalProperties: false, properties, required }
}

function list(items: object) {
  return { type: 'array', items, maxItems: 100_000 }
}

/** IEC 62443-3-3: one number or the vector of the seven foundational requirements. */
const sl = {
  anyOf: [
    level,
    map({ iac: level, uc: level, si: level, dc: level, rdf: level, tre: level, ra: level }),
  ],
}

const classNames = operationClasses.join('|')
const ops = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'string',
    pattern: `^(${classNames}|fc\\d{1,3}(/\\d{1,5})?)$`,
    description: `Write a class (${operationClasses.join(', ')}) or a function code: fc16, fc43/14.`,
  },
}
const ranges = map({
  coil: list(span),
  discrete: list(span),
  input: list(span),
  holding: list(span),
  file: list(span),
  fifo: list(span),
})
const values = map({ min: { type: 'number' }, max: { type: 'number' }, step: { type: 'number' } })
const commands = list(
  map({ types: list({ enum: ['NCMD', 'DCMD'] }), edges: strictTexts, metrics: strictTexts }),
)
const selectors = {
  ops,
  units,
  ranges,
  services: strictTexts,
  nodes: strictTexts,
  methods: strictTexts,
  clientIds: strictTexts,
  publish: strictTexts,
  subscribe: strictTexts,
  commands,
}

const channel = map(
  {
    protocol,
    name: text,
    transport: { enum: ['tcp', 'udp'] },
    clients: strictTexts,
    servers: strictTexts,
    ports: { ...list(port), minItems: 1 },
    security: map({
      modes: { ...list({ enum: ['None', 'Sign', 'SignAndEncrypt'] }), minItems: 1 },
      policies: strictTexts,
      anonymous: flag,
      certificates: strictTexts,
    }),
    tls: { enum: ['required', 'optional'] },
    allow: list(
      map({
        ...selectors,
        values,
        maxRate: text,
        schedule: text,
        qosMax: { type: 'integer', minimum: 0, maximum: 2 },
        retain: flag,
      }),
    ),
    deny: list(map({ id: name, ...selectors }, ['id'])),
  },
  ['protocol'],
)

const member = map({
  cidr: text,
  ip: text,
  asset: text,
  vlan,
  gateway: text,
  units: {
    type: 'object',
    patternProperties: { '^\\d{1,3}(-\\d{1,3})?$': name },
    additionalProperties: false,
  },
})

const zone = map(
  {
    id: name,
    name: text,
    kind: {
      enum: [
        'enterprise',
        'dmz',
        'supervisory',
        'control',
        'safety',
        'wireless',
        'temporary',
        'external',
      ],
    },
    parent: name,
    slT: sl,
    accountable: text,
    safety: flag,
    criticality: text,
    boundary: map({ logical: text, physical: text }),
    accessPoints: map({ logical: texts, physical: texts }),
    requirements: texts,
    policies: texts,
    assumptions: texts,
    members: list(member),
  },
  ['id'],
)

const conduit = map(
  {
    id: name,
    name: text,
    from: names,
    to: names,
    via: texts,
    slT: sl,
    accountable: text,
    purpose: text,
    nat: list(map({ observedAt: text, original: text, seenAs: text })),
    channels: list(channel),
  },
  ['id', 'from', 'to'],
)

export const policySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Zones and conduits of one site',
  type: 'object',
  additionalProperties: false,
  required: ['apiVersion', 'zones'],
  properties: {
    apiVersion: { const: 'zones/v1' },
    metadata: map({
      site: text,
      version: { type: 'integer', minimum: 0 },
      owner: text,
      approvedBy: texts,
      approvedAt: timeText,
      changeRef: text,
      reviewBy: timeText,
    }),
    suc: map({ name: text, function: text, accessPoints: texts }),
    defaults: map({
      interZone: { enum: ['deny', 'observe'] },
      observeUntil: timeText,
      intraZone: { enum: ['baseline', 'allow', 'deny'] },
      unassigned: { enum: ['violation', 'observe'] },
      unknownProtocol: { enum: ['violation', 'observe'] },
      opaque: { enum: ['not-assessable', 'violation'] },
    }),
    sensors: list(map({ id: name, sees: texts, conduits: texts }, ['id'])),
    schedules: { type: 'object', additionalProperties: true },
    assets: list(map({ name: text, ip: text, mac: text, role: text }, ['name', 'ip'])),
    groups: list(map({ name: text, members: strictTexts }, ['name', 'members'])),
    zones: { ...list(zone), minItems: 1 },
    conduits: list(conduit),
    brokerFlows: list(
      map({
        id: name,
        from: names,
        to: names,
        topics: strictTexts,
        verdict: { enum: ['allow', 'deny'] },
      }),
    ),
    broadcast: list(map({ zone: name, allow: texts }, ['zone'])),
    maintenance: list(
      map(
        {
          id: name,
          from: timeText,
          to: timeText,
          conduits: names,
          permits: list(map({ protocol, ops }, ['protocol'])),
          clients: strictTexts,
          lifts: names,
          owner: text,
          ticket: text,
          reason: text,
        },
        ['id', 'from', 'to', 'conduits', 'owner'],
      ),
    ),
    exceptions: list(
      map(
        {
          id: name,
          match: map(
            { from: name, to: name, protocol, clients: strictTexts, servers: strictTexts, ops },
            ['from', 'to'],
          ),
          lifts: names,
          reason: text,
          owner: text,
          approvedBy: text,
          notBefore: timeText,
          expires: timeText,
          compensating: text,
        },
        ['id', 'match', 'reason', 'owner', 'expires'],
      ),
    ),
  },
}
