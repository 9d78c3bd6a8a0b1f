/** What requests that differ in transaction and values only have in common: worked out once. */
import type { OperationClass } from '../../operation.ts'
import {
  diagnostics,
  encapsulatedInterfaces,
  functionName,
  isWriteFunction,
  legacyFunctions,
  publicFunctions,
  tableOf,
  umasFunctions,
} from './functions.ts'
import type { ModbusMessage } from './message.ts'

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
  readonly isWrite: boolean
}

/**
 * Shapes kept, of all servers together: machines of one make are asked alike, and a polling list
 * has some hundred; one that falls out is made anew. Direct-mapped, so that chosen addresses cost
 * a miss and nothing more.
 */
const SHAPES_MAX = 16_384

export class Shapes {
  readonly #slots: (Shape | undefined)[] = Array.from({ length: SHAPES_MAX }, () => undefined)

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
    isWrite: isWriteFunction(functionCode),
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
