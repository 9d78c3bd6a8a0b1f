/**
 * What is particular to one service (Part 4 1.05, 5): what its request asks, what of that its
 * answer
 * needs, what its response says. Everything else is alike for all services (operations.ts).
 */
import type { Answer, Fields, OperationClass } from '../../../operation.ts'
import type { IdentityStatement } from '../../dissector.ts'
import type { NodeId } from '../values.ts'
import type { Connection } from '../connection.ts'
import type { Memory } from '../message.ts'
import { isBad, nodeText, statusText } from '../text.ts'
import type { RequestHeader, ResponseHeader } from '../types.generated.ts'

/** One record's worth of a request. */
export interface Item {
  readonly targets: readonly string[]
  /** What a judgement depends on besides the targets; no values. */
  readonly detail: string
  readonly fields?: Fields
  readonly values?: readonly string[]
  readonly numbers?: readonly number[]
  readonly classes?: readonly OperationClass[]
  /** Where the request names the user itself. */
  readonly user?: string
}

export interface Request {
  readonly requestHeader: RequestHeader
}

export interface Response {
  readonly responseHeader: ResponseHeader
}

/**
 * Methods, not function properties: each service is only ever given bodies of its own structures,
 * which is what their bivariance allows to say.
 */
export interface Service {
  readonly classes: readonly OperationClass[]
  /** Bad results that end a request without anybody having failed. */
  readonly endings?: ReadonlySet<number>
  /** Absent: one record without a target. */
  items?(request: Request, connection: Connection): readonly Item[]
  /** What the answer needs of the request, small: requests may wait by the hundred. */
  memory?(request: Request, connection: Connection): Memory | undefined
  /** What a response with a good service result says of one item. */
  answer?(
    response: Response,
    item: number,
    connection: Connection,
    memory: Memory | undefined,
  ): Answer
  /** What a response with a good service result teaches; once per answer, any number of times. */
  learn?(response: Response, connection: Connection, memory: Memory | undefined): void
  identifyClient?(request: Request, connection: Connection): readonly IdentityStatement[]
  identifyServer?(
    response: Response,
    connection: Connection,
    memory: Memory | undefined,
  ): readonly IdentityStatement[]
}

/** Targets of one request; more are counted, not named. */
export const TARGETS_MAX = 1000

export function nodeTarget(node: NodeId, connection: Connection): string {
  return `node:${nodeText(node, connection.server.namespaces)}`
}

/** One record with all nodes as its targets. */
export function nodesItem(
  nodes: readonly NodeId[],
  connection: Connection,
  detail = '',
): readonly Item[] {
  const targets = nodes.slice(0, TARGETS_MAX).map((node) => nodeTarget(node, connection))
  return [
    { targets, detail: `${nodes.length} ${detail}`, fields: nodeFields(targets, nodes.length) },
  ]
}

export function nodeFields(targets: readonly string[], items: number): Fields {
  const ids = targets.map((target) => target.slice(target.indexOf(':') + 1))
  return { 'opcua.node_id': ids, 'opcua.items': items }
}

/** Length first, so that no text from the wire can look like two. */
export function joined(texts: readonly string[]): string {
  let result = `${texts.length}`
  for (const text of texts) result += ` ${text.length}:${text}`
  return result
}

export const GOOD: Answer = {
  outcome: 'success',
  status: 'Good',
  fields: { 'opcua.status_code': 0, 'opcua.status': 'Good' },
}

export function statusAnswer(code: number): Answer {
  if (code === 0) return GOOD
  const status = statusText(code)
  return {
    outcome: isBad(code) ? 'failure' : 'success',
    status,
    fields: { 'opcua.status_code': code, 'opcua.status': status },
  }
}

/**
 * Of a request with several results in one record: failed if all did, with the first bad
 * status.
 */
export function worstAnswer(codes: readonly number[]): Answer {
  const bad = codes.find(isBad)
  if (bad === undefined) return GOOD
  const answer = statusAnswer(bad)
  return codes.every(isBad) ? answer : { ...answer, outcome: 'success' }
}
