/** Values and names of OPC UA as text: node ids, status codes, attributes, values (Part 6, 5.1). */
import type { DataValue, ExtensionObject, LocalizedText, NodeId } from './values.ts'
import type { QualifiedName, Variant } from './values.ts'
import { hex } from './builtin.ts'
import { attributeIds, statusCodes } from './names.generated.ts'

/** Elements of one value that a record carries: an envelope needs few, a waveform has thousands. */
const VALUES_MAX = 256
/** Characters of one value; a file written through a method is evidence, not a value. */
const VALUE_CHARS_MAX = 1024
/** Longest node identifier of the standard (Part 3, 8.2.4). */
const NODE_CHARS_MAX = 4096

/** `i=2256`, `ns=2;s=Line1.SP`, `nsu=urn:acme;s=Line1.SP` where the index is resolved (5.1.12). */
export function nodeText(node: NodeId, namespaces: readonly string[]): string {
  const { namespace, kind } = node
  let { id } = node
  if (typeof id === 'string' && id.length > NODE_CHARS_MAX) {
    id = `${id.slice(0, NODE_CHARS_MAX)}…${id.length}`
  }
  const server = node.server === 0 ? '' : `svr=${node.server};`
  if (node.uri !== '') return `${server}nsu=${escaped(node.uri)};${kind}=${id}`
  if (namespace === 0) return `${server}${kind}=${id}`
  const uri = namespaces[namespace]
  if (uri === undefined || uri === '') return `${server}ns=${namespace};${kind}=${id}`
  return `${server}nsu=${escaped(uri)};${kind}=${id}`
}

/** `%` and `;` of a namespace URI are escaped (5.1.12). */
function escaped(uri: string): string {
  return uri.includes(';') || uri.includes('%')
    ? uri.replaceAll('%', '%25').replaceAll(';', '%3B')
    : uri
}

/** Severity in the two high bits: 0 good, 1 uncertain, 2 bad (Part 4, 7.39). */
export function isBad(code: number): boolean {
  return code >>> 31 === 1
}

export function statusText(code: number): string {
  const known = statusCodes.get((code & 0xffff0000) >>> 0)
  return known ?? `0x${code.toString(16).toUpperCase().padStart(8, '0')}`
}

export function attributeText(id: number): string {
  return attributeIds.get(id) ?? String(id)
}

/** By built-in type id (Part 6, 5.1.2, table 1). */
const typeNames = [
  'Null',
  'Boolean',
  'SByte',
  'Byte',
  'Int16',
  'UInt16',
  'Int32',
  'UInt32',
  'Int64',
  'UInt64',
  'Float',
  'Double',
  'String',
  'DateTime',
  'Guid',
  'ByteString',
  'XmlElement',
  'NodeId',
  'ExpandedNodeId',
  'StatusCode',
  'QualifiedName',
  'LocalizedText',
  'ExtensionObject',
  'DataValue',
  'Variant',
  'DiagnosticInfo',
]

const arrayNames = typeNames.map((name) => `${name}[]`)

export function typeText(variant: Variant): string {
  const names = variant.array ? arrayNames : typeNames
  return names[variant.type] ?? `Type ${variant.type}`
}

/** Boolean, and SByte to Double. */
export function isNumeric(variant: Variant): boolean {
  return variant.type >= 1 && variant.type <= 11
}

/** Adds the numbers of a numeric value; true and false count as 1 and 0. */
export function pushNumbers(variant: Variant, into: number[]): void {
  if (!variant.array) {
    into.push(Number(variant.value))
    return
  }
  for (const element of variant.value as readonly unknown[]) {
    if (into.length >= VALUES_MAX) return
    into.push(Number(element))
  }
}

/** Adds the elements of a value as source text. */
export function pushTexts(variant: Variant, namespaces: readonly string[], into: string[]): void {
  if (!variant.array) {
    into.push(valueText(variant.type, variant.value, namespaces))
    return
  }
  for (const element of variant.value as readonly unknown[]) {
    if (into.length >= VALUES_MAX) return
    into.push(valueText(variant.type, element, namespaces))
  }
}

/** 1601-01-01 in 100 ns before 1970 (5.2.2.5). */
const EPOCH_TICKS = 116_444_736_000_000_000n
const DATE_MS_MAX = 8.64e15

/** Exact to the 100 ns of the wire. */
function ticksText(ticks: bigint): string {
  const since = ticks - EPOCH_TICKS
  const milliseconds = since >= 0n ? since / 10_000n : -((9_999n - since) / 10_000n)
  const rest = String(since - milliseconds * 10_000n).padStart(4, '0')
  const date = Number(milliseconds)
  if (ticks <= 0n || Math.abs(date) > DATE_MS_MAX) return String(ticks)
  return `${new Date(date).toISOString().slice(0, -1)}${rest}Z`
}

function valueText(type: number, value: unknown, namespaces: readonly string[]): string {
  const text = fullText(type, value, namespaces)
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text
}

function fullText(type: number, value: unknown, namespaces: readonly string[]): string {
  switch (type) {
    case 13:
      return ticksText(value as bigint)
    case 17:
    case 18:
      return nodeText(value as NodeId, namespaces)
    case 19:
      return statusText(value as number)
    case 20:
      return qualifiedText(value as QualifiedName)
    case 21:
      return (value as LocalizedText).text
    case 22:
      return extensionText(value as ExtensionObject, namespaces)
    case 23:
      return variantText((value as DataValue).value, namespaces)
    case 24:
      return variantText(value as Variant, namespaces)
    default:
      return plainText(value)
  }
}

function plainText(value: unknown): string {
  if (value instanceof Uint8Array) return hex(value.subarray(0, VALUE_CHARS_MAX))
  return typeof value === 'object' ? 'DiagnosticInfo' : String(value as string | number)
}

export function qualifiedText({ namespace, name }: QualifiedName): string {
  return namespace === 0 ? name : `${namespace}:${name}`
}

function variantText(variant: Variant | undefined, namespaces: readonly string[]): string {
  if (variant === undefined) return ''
  const texts: string[] = []
  pushTexts(variant, namespaces, texts)
  return variant.array ? `[${texts.join(',')}]` : (texts[0] ?? '')
}

/** Name of the structure and its bytes, or its name alone where it was read. */
function extensionText(object: ExtensionObject, namespaces: readonly string[]): string {
  const name = object.name === '' ? nodeText(object.typeId, namespaces) : object.name
  return object.body instanceof Uint8Array ? `${name} ${plainText(object.body)}` : name
}
