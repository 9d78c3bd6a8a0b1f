/** What a Modbus request asks and what its response says, in the words of fields.md. */
import type { Answer, Fields, FieldValue, OperationClass, OperationDraft } from '../../operation.ts'
import type { Context } from '../dissector.ts'
import {
  deviceObjects,
  diagnostics,
  encapsulatedInterfaces,
  exceptionCodes,
  functionName,
  isWriteFunction,
  legacyFunctions,
  publicFunctions,
  tableOf,
  umasFunctions,
} from './functions.ts'
import type { ModbusMessage } from './message.ts'

/** What two requests that differ in transaction and values only have in common. */
export interface Shape {
  readonly action: string
  readonly classes: readonly OperationClass[]
  readonly targets: readonly string[]
  readonly kind: string
  readonly unitIdentifier: number
  readonly functionCode: number
  readonly subfunctionCode: number
  readonly address: number
  readonly quantity: number
  readonly writeAddress: number
  readonly writeQuantity: number
}

/**
 * Shapes kept for one server: a polling list has some hundred; one that falls out is made anew.
 * Direct-mapped, so that chosen addresses cost a miss and nothing more.
 */
const SHAPES_MAX = 1024

export class Shapes {
  readonly #slots: (Shape | undefined)[] = []

  of(message: ModbusMessage): Shape {
    const { functionCode: code } = message
    // What is not told apart by the numbers below, and is rare.
    if (code === 20 || code === 21 || code === 43) return makeShape(message)
    const hash =
      Math.imul(message.address + 1, 0x9e3779b1) ^
      Math.imul(message.quantity * 256 + code, 0x85ebca6b) ^
      Math.imul(message.unitIdentifier * 65536 + message.subfunctionCode, 0xc2b2ae35) ^
      Math.imul(message.writeAddress, 0x27d4eb2f)
    const slot = (hash ^ (hash >>> 15)) & (SHAPES_MAX - 1)
    const known = this.#slots[slot]
    if (known !== undefined && fits(known, message)) return known
    const shape = makeShape(message)
    this.#slots[slot] = shape
    return shape
  }
}

function fits(shape: Shape, message: ModbusMessage): boolean {
  return (
    shape.address === message.address &&
    shape.functionCode === message.functionCode &&
    shape.quantity === message.quantity &&
    shape.unitIdentifier === message.unitIdentifier &&
    shape.subfunctionCode === message.subfunctionCode &&
    shape.writeAddress === message.writeAddress &&
    shape.writeQuantity === message.writeQuantity
  )
}

function makeShape(message: ModbusMessage): Shape {
  const { unitIdentifier, functionCode, subfunctionCode, address, quantity } = message
  const { writeAddress, writeQuantity } = message
  const { action, classes } = actionOf(message)
  const targets = targetsOf(message)
  let kind = `${unitIdentifier}/${functionCode}/${subfunctionCode}/${address}/${quantity}`
  if (writeAddress >= 0) kind += `/${writeAddress}/${writeQuantity}`
  if (message.files !== undefined) kind += `/${targets.join()}`
  if (functionCode === 43) kind += `/${message.readDeviceIdCode}/${message.objectId}`
  return {
    action,
    classes,
    targets,
    kind,
    unitIdentifier,
    functionCode,
    subfunctionCode,
    address,
    quantity,
    writeAddress,
    writeQuantity,
  }
}

const OTHER: readonly OperationClass[] = ['other']

function actionOf({ functionCode: code, subfunctionCode: sub }: ModbusMessage) {
  const table =
    code === 8
      ? diagnostics
      : code === 43
        ? encapsulatedInterfaces
        : code === 90
          ? umasFunctions
          : undefined
  const narrower = table?.[sub]
  if (narrower !== undefined) {
    const action = code === 90 ? `UMAS ${narrower.name}` : narrower.name
    return { action, classes: narrower.classes }
  }
  const classes = (publicFunctions[code] ?? legacyFunctions[code])?.classes ?? OTHER
  return { action: functionName(code), classes }
}

function targetsOf(message: ModbusMessage): readonly string[] {
  const table = tableOf(message.functionCode)
  if (table === undefined) return []
  if (message.files !== undefined) {
    return message.files.map(({ file, record }) => `file:${file}/${record}`)
  }
  if (message.address < 0) return []
  const targets = [span(table, message.address, message.quantity)]
  if (message.writeAddress >= 0) {
    targets.unshift(span(table, message.writeAddress, message.writeQuantity))
  }
  return targets
}

function span(table: string, address: number, quantity: number): string {
  return quantity > 1 ? `${table}:${address}-${address + quantity - 1}` : `${table}:${address}`
}

/** The fields are put together when somebody stores or prints the operation, not per packet. */
class Draft implements OperationDraft {
  readonly action: string
  readonly classes: readonly OperationClass[]
  readonly targets: readonly string[]
  readonly kind: string
  readonly #message: ModbusMessage
  readonly #framing: string

  constructor(shape: Shape, message: ModbusMessage, framing: string) {
    this.action = shape.action
    this.classes = shape.classes
    this.targets = shape.targets
    this.kind = shape.kind
    this.#message = message
    this.#framing = framing
  }

  get fields(): Fields {
    return requestFields(this.#message, this.#framing)
  }
}

class WriteDraft extends Draft {
  readonly numbers: readonly number[]

  constructor(shape: Shape, message: ModbusMessage, framing: string, numbers: readonly number[]) {
    super(shape, message, framing)
    this.numbers = numbers
  }
}

export function operationOf(
  message: ModbusMessage,
  shapes: Shapes,
  context: Context,
): OperationDraft {
  const shape = shapes.of(message)
  const framing = context.transport ?? 'tcp'
  const { values } = message
  return values !== undefined && isWriteFunction(message.functionCode)
    ? new WriteDraft(shape, message, framing, values)
    : new Draft(shape, message, framing)
}

function requestFields(message: ModbusMessage, framing: string): Fields {
  const { functionCode: code, subfunctionCode: sub, values } = message
  const fields: Record<string, FieldValue> = {
    'modbus.unit_id': message.unitIdentifier,
    'modbus.transaction_id': message.transactionIdentifier,
    'modbus.function_code': code,
    'modbus.function': functionName(code),
    'modbus.matched': 'request',
    'modbus.framing': framing,
  }
  const table = tableOf(code)
  if (table !== undefined) fields['modbus.table'] = table
  if (message.address >= 0) fields['modbus.address'] = message.address
  if (message.quantity >= 0) fields['modbus.quantity'] = message.quantity
  if (message.writeAddress >= 0) fields['modbus.write_address'] = message.writeAddress
  if (message.writeQuantity >= 0) fields['modbus.write_quantity'] = message.writeQuantity
  if (message.andMask >= 0) fields['modbus.and_mask'] = message.andMask
  if (message.orMask >= 0) fields['modbus.or_mask'] = message.orMask
  if (values !== undefined) fields[code === 23 ? 'modbus.write_values' : 'modbus.values'] = values
  if (sub < 0) return fields
  if (code === 90) {
    fields['modbus.umas.function_code'] = sub
    fields['modbus.umas.function'] = umasFunctions[sub]?.name ?? `Function ${sub}`
  } else {
    const name = (code === 8 ? diagnostics : encapsulatedInterfaces)[sub]?.name
    fields['modbus.subfunction_code'] = sub
    fields['modbus.subfunction'] = name ?? `Subfunction ${sub}`
  }
  return fields
}

const BOTH: Fields = { 'modbus.matched': 'both' }
const DONE: Answer = { outcome: 'success', fields: BOTH }
const UMAS_REFUSED: Answer = { outcome: 'failure', status: 'UMAS error', fields: BOTH }

/** MAP section 7: 5 says that the request is accepted and takes long. */
const refusals: readonly Answer[] = Array.from({ length: 257 }, (_, index) => {
  const code = index - 1
  const status = exceptionCodes[code] ?? (code < 0 ? 'Exception' : `Exception ${code}`)
  return {
    outcome: code === 5 ? 'success' : 'failure',
    status,
    fields: {
      'modbus.matched': 'both',
      'modbus.exception': status,
      ...(code < 0 ? {} : { 'modbus.exception_code': code }),
    },
  }
})

class ReadAnswer implements Answer {
  readonly outcome = 'success'
  readonly numbers: readonly number[]

  constructor(numbers: readonly number[]) {
    this.numbers = numbers
  }

  get fields(): Fields {
    return { 'modbus.matched': 'both', 'modbus.values': this.numbers }
  }
}

export function answerOf(request: ModbusMessage, response: ModbusMessage): Answer | undefined {
  if (request.functionCode !== response.functionCode) return undefined
  if (response.isException) return refusals[response.exceptionCode + 1]
  const values = response.values ?? []
  switch (request.functionCode) {
    case 1:
    case 2:
      if (response.byteCount !== Math.ceil(request.quantity / 8)) return undefined
      return new ReadAnswer(
        values.length > request.quantity ? values.slice(0, request.quantity) : values,
      )
    case 3:
    case 4:
    case 23:
      if (response.byteCount !== request.quantity * 2) return undefined
      return new ReadAnswer(values)
    case 5:
    case 6:
    case 22:
      return request.address === response.address ? DONE : undefined
    case 15:
    case 16:
      return request.address === response.address && request.quantity === response.quantity
        ? DONE
        : undefined
    case 8:
      if (request.subfunctionCode !== response.subfunctionCode) return undefined
      return new ReadAnswer(values)
    case 21:
      return DONE
    case 43:
      return identified(request, response)
    case 90:
      return response.subfunctionCode === 0xfd ? UMAS_REFUSED : DONE
    default:
      return response.values === undefined ? DONE : new ReadAnswer(values)
  }
}

function identified(request: ModbusMessage, response: ModbusMessage): Answer | undefined {
  if (request.subfunctionCode !== response.subfunctionCode) return undefined
  if (response.objects === undefined) return DONE
  const fields: Record<string, FieldValue> = { 'modbus.matched': 'both' }
  for (const { id, value } of response.objects) {
    const object = deviceObjects[id]
    if (object !== undefined) fields[object.field] = value
  }
  return { outcome: 'success', fields }
}
