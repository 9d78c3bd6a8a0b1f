/** Method service set (Part 4, 5.12): Call, one record per method. */
import type { Variant } from '../values.ts'
import type { Connection } from '../connection.ts'
import { isNumeric, nodeText, pushNumbers, pushTexts, typeText } from '../text.ts'
import type { CallMethodRequest, CallRequest, CallResponse } from '../types.generated.ts'
import { joined, statusAnswer, TARGETS_MAX } from './service.ts'
import type { Item, Service } from './service.ts'

function callItem(
  { objectId, methodId, inputArguments }: CallMethodRequest,
  connection: Connection,
  item: number,
  items: number,
): Item {
  const { namespaces, names } = connection.server
  const object = nodeText(objectId, namespaces)
  const method = nodeText(methodId, namespaces)
  const name = names.get(nodeText(methodId, []))
  const types = inputArguments.map(typeText)
  const numeric = inputArguments.length > 0 && inputArguments.every(isNumeric)
  return {
    targets: [`method:${method}`],
    detail: joined([object, name ?? '', `${item}/${items}`, ...types]),
    values: argumentTexts(inputArguments, namespaces),
    ...(numeric ? { numbers: argumentNumbers(inputArguments) } : {}),
    fields: {
      'opcua.node_id': object,
      'opcua.method_id': method,
      ...(name === undefined ? {} : { 'opcua.node_name': name }),
      ...(types.length === 0 ? {} : { 'opcua.value_type': types }),
      'opcua.item': item + 1,
      'opcua.items': items,
    },
  }
}

function argumentTexts(inputs: readonly Variant[], namespaces: readonly string[]): string[] {
  const values: string[] = []
  for (const input of inputs) {
    if (input.type === 0) values.push('')
    else pushTexts(input, namespaces, values)
  }
  return values
}

function argumentNumbers(inputs: readonly Variant[]): number[] {
  const numbers: number[] = []
  for (const input of inputs) pushNumbers(input, numbers)
  return numbers
}

export const call: Service = {
  classes: ['command'],
  items({ methodsToCall }: CallRequest, connection) {
    return methodsToCall
      .slice(0, TARGETS_MAX)
      .map((method, item) => callItem(method, connection, item, methodsToCall.length))
  },
  answer({ results }: CallResponse, item) {
    const result = results[item]
    return result === undefined ? { outcome: 'unknown' } : statusAnswer(result.statusCode)
  },
}
