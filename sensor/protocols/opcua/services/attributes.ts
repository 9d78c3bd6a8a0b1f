/** Attribute service set (Part 4, 5.11): Read, Write, HistoryRead, HistoryUpdate. */
import type { Answer } from '../../../operation.ts'
import type { IdentityStatement } from '../../dissector.ts'
import type { DataValue, ExtensionObject, NodeId, Variant } from '../values.ts'
import type { Connection } from '../connection.ts'
import type { Memory } from '../message.ts'
import { NAMESPACES_MAX } from '../server.ts'
import * as text from '../text.ts'
import type {
  BuildInfo,
  HistoryReadRequest,
  HistoryReadResponse,
  HistoryUpdateRequest,
  HistoryUpdateResponse,
  ReadRequest,
  ReadResponse,
  ServerStatusDataType,
  WriteRequest,
  WriteResponse,
  WriteValue,
} from '../types.generated.ts'
import { joined, nodeFields, nodeTarget, nodesItem, statusAnswer, TARGETS_MAX } from './service.ts'
import { worstAnswer } from './service.ts'
import type { Item, Service } from './service.ts'

/** Attribute ids (Part 6, A.1). */
const VALUE_ATTRIBUTE = 13

/** Nodes of the Server object that tell what it is (Part 5, 6.3.1; ids Part 6, A.3). */
const NAMESPACE_ARRAY = 2255
const SERVER_STATUS = 2256
const BUILD_INFO = 2260
const buildInfoAttributes: Readonly<Record<number, string>> = {
  2261: 'model',
  2262: 'product-uri',
  2263: 'vendor',
  2264: 'firmware',
  2265: 'build',
}

function isBuildInfo(node: NodeId): boolean {
  const id = Number(node.id)
  return node.namespace === 0 && node.kind === 'i' && id >= BUILD_INFO && id <= 2266
}

function isWatched(node: NodeId): boolean {
  const { id } = node
  if (node.namespace !== 0 || node.kind !== 'i') return false
  return id === NAMESPACE_ARRAY || id === SERVER_STATUS || isBuildInfo(node)
}

export const read: Service = {
  classes: ['read'],

  items({ nodesToRead }: ReadRequest, connection) {
    const targets: string[] = []
    const attributes: string[] = []
    let builds = 0
    for (const { nodeId, attributeId } of nodesToRead) {
      if (isBuildInfo(nodeId)) builds++
      if (targets.length >= TARGETS_MAX) continue
      targets.push(nodeTarget(nodeId, connection))
      const attribute = text.attributeText(attributeId)
      if (!attributes.includes(attribute)) attributes.push(attribute)
    }
    const fields = { ...nodeFields(targets, nodesToRead.length), 'opcua.attribute': attributes }
    const item: Item = {
      targets,
      detail: joined([...attributes, String(nodesToRead.length)]),
      fields,
    }
    if (builds === 0) return [item]
    return [
      { ...item, classes: builds === nodesToRead.length ? ['identify'] : ['read', 'identify'] },
    ]
  },

  memory({ nodesToRead }: ReadRequest) {
    const watched: [index: number, id: number][] = []
    for (let i = 0; i < nodesToRead.length && watched.length < 16; i++) {
      const { nodeId, attributeId, indexRange } = nodesToRead[i] as ReadRequest['nodesToRead'][0]
      if (attributeId === VALUE_ATTRIBUTE && indexRange === '' && isWatched(nodeId)) {
        watched.push([i, nodeId.id as number])
      }
    }
    return watched.length === 0 ? undefined : { watched }
  },

  answer({ results }: ReadResponse, _item, connection) {
    return dataAnswer(results, connection)
  },

  learn({ results }: ReadResponse, connection, memory) {
    for (const { id, value } of watchedValues(results, memory)) {
      if (id !== NAMESPACE_ARRAY || value.type !== 12 || !value.array) continue
      // Namespace 0 is always that of the standard: a list without it is no namespace table.
      const uris = (value.value as string[]).slice(0, NAMESPACES_MAX)
      if (uris[0] === 'http://opcfoundation.org/UA/') connection.server.namespaces = uris
    }
  },

  identifyServer({ results }: ReadResponse, _connection, memory) {
    const statements: IdentityStatement[] = []
    for (const { id, value } of watchedValues(results, memory)) {
      if (value.type === 12 && !value.array) {
        state(statements, buildInfoAttributes[id], value.value as string)
      } else if (value.type === 22 && !value.array) {
        describe(statements, value.value as ExtensionObject)
      }
    }
    return statements
  },
}

function watchedValues(results: readonly DataValue[], memory: Memory | undefined) {
  const values: { id: number; value: Variant }[] = []
  for (const [index, id] of (memory?.['watched'] ?? []) as readonly [number, number][]) {
    const value = results[index]?.value
    if (value !== undefined) values.push({ id, value })
  }
  return values
}

function state(
  statements: IdentityStatement[],
  attribute: string | undefined,
  value: string,
): void {
  if (attribute === undefined || value === '') return
  statements.push({ of: 'server', attribute, value, confidence: 'A' })
}

function describe(statements: IdentityStatement[], object: ExtensionObject): void {
  let info: BuildInfo | undefined
  if (object.name === 'BuildInfo') info = object.body as BuildInfo
  if (object.name === 'ServerStatusDataType') info = (object.body as ServerStatusDataType).buildInfo
  if (info === undefined) return
  state(statements, 'vendor', info.manufacturerName)
  state(statements, 'model', info.productName)
  state(statements, 'firmware', info.softwareVersion)
  state(statements, 'build', info.buildNumber)
  state(statements, 'product-uri', info.productUri)
}

/** Values in the order of the nodes; numbers where all of them are. */
export function dataAnswer(results: readonly DataValue[], connection: Connection): Answer {
  let numeric = true
  let bad = -1
  let allBad = true
  for (const { value, status } of results) {
    if (text.isBad(status)) {
      if (bad < 0) bad = status
      numeric = false
    } else {
      allBad = false
      numeric &&= value !== undefined && text.isNumeric(value)
    }
  }
  const answer = bad < 0 ? statusAnswer(0) : statusAnswer(bad)
  const { status = '', fields = {} } = answer
  const outcome = bad >= 0 && allBad ? 'failure' : 'success'
  if (numeric && results.length > 0) {
    const numbers: number[] = []
    for (const { value } of results) text.pushNumbers(value as Variant, numbers)
    if (!results.some(({ value }) => isExactInText(value as Variant))) {
      return { outcome, status, numbers, fields }
    }
    return { outcome, status, numbers, values: texts(results, connection), fields }
  }
  return { outcome, status, values: texts(results, connection), fields }
}

/** Boolean and 64-bit integers say more as text than as a double. */
function isExactInText({ type }: Variant): boolean {
  return type === 1 || type === 8 || type === 9
}

function texts(results: readonly DataValue[], connection: Connection): string[] {
  const values: string[] = []
  for (const { value, status } of results.slice(0, TARGETS_MAX)) {
    if (value === undefined || value.type === 0 || text.isBad(status)) values.push('')
    else text.pushTexts(value, connection.server.namespaces, values)
  }
  return values
}

function writeItem(write: WriteValue, connection: Connection, item: number, items: number): Item {
  const target = nodeTarget(write.nodeId, connection)
  const { namespaces, names } = connection.server
  const attribute = text.attributeText(write.attributeId)
  const variant = write.value.value
  const type = variant === undefined ? 'Null' : text.typeText(variant)
  const id = target.slice('node:'.length)
  const name = names.get(text.nodeText(write.nodeId, []))
  const values: string[] = []
  const numbers: number[] = []
  if (variant !== undefined && variant.type !== 0) {
    text.pushTexts(variant, namespaces, values)
    if (text.isNumeric(variant)) text.pushNumbers(variant, numbers)
  }
  return {
    targets: [target],
    detail: joined([attribute, write.indexRange, type, name ?? '', `${item}/${items}`]),
    values,
    ...(numbers.length === 0 ? {} : { numbers }),
    fields: {
      'opcua.node_id': id,
      ...(name === undefined ? {} : { 'opcua.node_name': name }),
      'opcua.attribute': attribute,
      'opcua.value_type': type,
      'opcua.item': item + 1,
      'opcua.items': items,
    },
  }
}

export const write: Service = {
  classes: ['write'],
  items({ nodesToWrite }: WriteRequest, connection) {
    return nodesToWrite
      .slice(0, TARGETS_MAX)
      .map((value, item) => writeItem(value, connection, item, nodesToWrite.length))
  },
  answer({ results }: WriteResponse, item) {
    const code = results[item]
    return code === undefined ? { outcome: 'unknown' } : statusAnswer(code)
  },
}

export const historyRead: Service = {
  classes: ['read'],
  items({ nodesToRead, historyReadDetails }: HistoryReadRequest, connection) {
    const nodes = nodesToRead.map(({ nodeId }) => nodeId)
    return nodesItem(nodes, connection, historyReadDetails.name)
  },
  answer({ results }: HistoryReadResponse) {
    return worstAnswer(results.map(({ statusCode }) => statusCode))
  },
}

export const historyUpdate: Service = {
  classes: ['program'],
  items({ historyUpdateDetails }: HistoryUpdateRequest, connection) {
    const nodes: NodeId[] = []
    const names: string[] = []
    for (const { name, body } of historyUpdateDetails) {
      names.push(name)
      // All details derive from HistoryUpdateDetails, whose only field is the node (5.11.5).
      if (name !== '') nodes.push((body as { nodeId: NodeId }).nodeId)
    }
    return nodesItem(nodes, connection, joined([...new Set(names)]))
  },
  answer({ results }: HistoryUpdateResponse) {
    return worstAnswer(results.map(({ statusCode }) => statusCode))
  },
}
