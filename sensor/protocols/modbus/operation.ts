/** What a Modbus request asks and what its response says, in the words of fields.md. */
import type { Answer, Fields, FieldValue, OperationClass, OperationDraft } from '../../operation.ts'
import type { Message } from '../dissector.ts'
import {
  deviceObjects,
  diagnostics,
  encapsulatedInterfaces,
  exceptionCodes,
  functionName,
  tableOf,
  umasFunctions,
} from './functions.ts'
import type { ModbusMessage, Oddities } from './message.ts'
import type { Shape } from './shape.ts'

/**
 * A request as long as its answer may come, and what it asks. The fields are put together when
 * somebody stores or prints the operation, not per packet.
 */
export class ModbusRequest implements Message, OperationDraft {
  readonly protocol = 'modbus'
  readonly role = 'request'
  readonly exchange: number
  readonly length: number
  readonly shape: Shape
  readonly kind: string
  readonly classes: readonly OperationClass[]
  /** Numbers that it carries; of Mask Write Register the two masks. */
  readonly data: readonly number[] | undefined
  readonly anomalies: Oddities
  framing = 'tcp'

  constructor(message: ModbusMessage, shape: Shape) {
    this.exchange = message.exchange
    this.length = message.length
    this.shape = shape
    this.kind = shape.kind
    this.classes = shape.classes
    this.data = message.andMask < 0 ? message.values : [message.andMask, message.orMask]
    this.anomalies = message.anomalies
  }

  get action(): string {
    return this.shape.action
  }

  get targets(): readonly string[] {
    return this.shape.targets
  }

  get numbers(): readonly number[] | undefined {
    const { isWrite, functionCode } = this.shape
    return isWrite && functionCode !== 22 ? this.data : undefined
  }

  get fields(): Fields {
    return requestFields(this)
  }

  /** MAP: broadcasts and Force Listen Only Mode are not answered (V1.1b3 4.1, 6.8.1). */
  get silent(): boolean {
    const { functionCode, subfunctionCode, unitIdentifier, isWrite } = this.shape
    if (functionCode === 8) return subfunctionCode === 4
    return unitIdentifier === 0 && isWrite
  }
}

function requestFields({ shape, data, exchange, framing }: ModbusRequest): Fields {
  const { functionCode: code, subfunctionCode: sub } = shape
  const fields: Record<string, FieldValue> = {
    'modbus.unit_id': shape.unitIdentifier,
    'modbus.transaction_id': exchange >> 8,
    'modbus.function_code': code,
    'modbus.function': functionName(code),
    'modbus.matched': 'request',
    'modbus.framing': framing,
  }
  const table = tableOf(code)
  if (table !== undefined) fields['modbus.table'] = table
  if (shape.address >= 0) fields['modbus.address'] = shape.address
  if (shape.quantity >= 0) fields['modbus.quantity'] = shape.quantity
  if (shape.writeAddress >= 0) fields['modbus.write_address'] = shape.writeAddress
  if (shape.writeQuantity >= 0) fields['modbus.write_quantity'] = shape.writeQuantity
  if (data !== undefined && code === 22) {
    fields['modbus.and_mask'] = data[0] as number
    fields['modbus.or_mask'] = data[1] as number
  } else if (data !== undefined) {
    fields[code === 23 ? 'modbus.write_values' : 'modbus.values'] = data
  }
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

export function answerOf(asked: ModbusRequest, response: ModbusMessage): Answer | undefined {
  const request = asked.shape
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

function identified(request: Shape, response: ModbusMessage): Answer | undefined {
  if (request.subfunctionCode !== response.subfunctionCode) return undefined
  if (response.objects === undefined) return DONE
  const fields: Record<string, FieldValue> = { 'modbus.matched': 'both' }
  for (const { id, value } of response.objects) {
    const object = deviceObjects[id]
    if (object !== undefined) fields[object.field] = value
  }
  return { outcome: 'success', fields }
}
