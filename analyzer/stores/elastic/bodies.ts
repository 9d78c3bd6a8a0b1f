/**
 * What documents say in `ot.body`, read back. Others may write to the same cluster: what has not
 * the form that it should have is nothing, and never an error.
 */
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { Action, AuditRow, Party, Severity } from '../../api/schema.ts'
import type { StoredFinding } from '../merge.ts'
import type { Origin } from '../store.ts'
import type { StoredAsset, StoredConversation, StoredRecord } from './documents.ts'

const text = Type.String()
const texts = Type.Array(text)
const Origin = Type.Object({ sensor: text, site: text })
const Signed = Type.Optional(Type.Object({ key: text, value: text }))

const Act = Type.Intersect([
  Action,
  Type.Object({
    count: Type.Number(),
    severity: Type.Number(),
    approves: Type.Optional(texts),
    signature: Signed,
  }),
])

const Found = Type.Object({
  from: Origin,
  acts: Type.Array(Act),
  finding: Type.Object({
    id: text,
    rule: Type.Object({ id: text, title: text, tags: texts, version: text }),
    severity: Severity,
    severity_reasons: texts,
    summary: text,
    explanation: Type.Object({
      matched: Type.Array(Type.Object({ field: text, value: text })),
      precedent: texts,
      policy: text,
      check: texts,
      not_assessable: texts,
    }),
    count: Type.Number(),
    first: text,
    last: text,
    source: Party,
    target: Party,
    sources: Type.Optional(Type.Array(Party)),
    targets: Type.Optional(Type.Array(Party)),
    technique: texts,
    evidence: Type.Array(Type.Object({ packet: Type.Number(), file: Type.Optional(text) })),
    operations: texts,
    approves: texts,
  }),
})

const Part = Type.Object({
  id: text,
  ip: texts,
  mac: texts,
  name: text,
  name_source: text,
  vendor: text,
  roles: texts,
  protocols: texts,
  identity: Type.Record(text, text),
  attributes: Type.Array(
    Type.Object({
      attribute: text,
      value: text,
      protocol: text,
      confidence: text,
      first: text,
      last: text,
      packets: Type.Number(),
    }),
  ),
  zone: text,
  first: text,
  last: text,
})

const Asset = Type.Object({
  site: text,
  parts: Type.Record(text, Part),
  typed: Type.Optional(Type.Object({ id: text, name: text, who: text, time: text })),
  signature: Signed,
})

const Conversation = Type.Object({
  from: Origin,
  conversation: Type.Object({
    id: text,
    source: Party,
    target: Party,
    protocol: text,
    port: Type.Number(),
    operations: Type.Record(text, Type.Number()),
    packets: Type.Number(),
    bytes: Type.Number(),
    first: text,
    last: text,
    verdict: text,
    state: text,
    spark: Type.Array(Type.Number()),
  }),
})

const Told = Type.Object({ from: Origin, body: text })
const Recorded = Type.Object({ from: Origin, record: AuditRow })

export function findingOf(body: unknown): StoredFinding | undefined {
  return parsed(Found, body) as StoredFinding | undefined
}

export function assetOf(body: unknown): StoredAsset | undefined {
  return parsed(Asset, body) as StoredAsset | undefined
}

export function conversationOf(body: unknown): StoredConversation | undefined {
  return parsed(Conversation, body) as StoredConversation | undefined
}

export function recordOf(body: unknown): StoredRecord | undefined {
  return parsed(Recorded, body) as StoredRecord | undefined
}

/** `body` is what the sensor said, JSON mostly. */
export function toldOf(body: unknown): { from: Origin; body: string } | undefined {
  return parsed(Told, body) as { from: Origin; body: string } | undefined
}

function parsed(schema: TSchema, body: unknown): unknown {
  const value = jsonOf(body)
  return Value.Check(schema, value) ? value : undefined
}

/** Undefined: it is no text of JSON. */
export function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
