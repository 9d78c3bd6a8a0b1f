/** What an asset said of itself, attribute by attribute, bounded. */
import type { Identity } from '#sensor'
import type { Asset, AttributeValue } from './asset.ts'

/** Attributes of one asset: a gateway with its units says some hundred. */
const ATTRIBUTES_MAX = 512
/** Values of one attribute: what changes more often than this identifies nothing. */
const VALUES_MAX = 16
/** A device's strings are short (Modbus objects: 245 bytes); a longer one is cut. */
const VALUE_CHARS_MAX = 256
const PACKETS_MAX = 8

/** Of a device there is one of each; a second value means that something was exchanged. */
const single = new Set([
  'vendor',
  'model',
  'product-code',
  'product-name',
  'serial',
  'firmware',
  'build',
  'software',
])
const firmware = new Set(['firmware', 'build', 'software'])

const ranks = { declared: 0, A: 1, B: 2, C: 3 } as const

interface AttributeCounters {
  /** There was no room for them. */
  attributesRefused: number
  /** Of attributes that identify nothing any more. */
  valuesPassedOver: number
}

export type IdentityEvent = 'identity-changed' | 'firmware-changed'

/** Adds a value; tells an event where an attribute of the device itself is another than before. */
export function addIdentity(
  asset: Asset,
  identity: Identity,
  counters: AttributeCounters,
): { event: IdentityEvent; detail: string } | undefined {
  const { attribute, confidence, protocol, time, packet } = identity
  const value = identity.value.slice(0, VALUE_CHARS_MAX)
  if (value === '') return undefined
  const name = nameOf(asset, attribute, identity.unit)
  let values = Object.hasOwn(asset.identity, name) ? asset.identity[name] : undefined
  if (values === undefined) {
    if (Object.keys(asset.identity).length >= ATTRIBUTES_MAX) {
      counters.attributesRefused++
      return undefined
    }
    values = []
    asset.identity[name] = values
  }
  const newest = single.has(attribute) ? newestOf(values, protocol, confidence) : undefined
  const known = values.find((item) => item.value === value && item.protocol === protocol)
  if (known !== undefined) {
    known.last = time
    if (known.packets.length < PACKETS_MAX) known.packets.push(packet)
  } else if (values.length < VALUES_MAX) {
    values.push({ value, protocol, confidence, first: time, last: time, packets: [packet] })
    values.sort(better)
  } else counters.valuesPassedOver++
  if (newest === undefined || newest.value === value || confidence !== 'A') return undefined
  const event = firmware.has(attribute) ? 'firmware-changed' : 'identity-changed'
  return { event, detail: `${name}: ${newest.value} -> ${value}` }
}

/** The first unit to speak speaks for the address; further ones are told apart. */
function nameOf(asset: Asset, attribute: string, unit: number | undefined): string {
  if (unit === undefined) return attribute
  const [own] = asset.units
  return own === undefined || own === unit ? attribute : `${attribute} (unit ${unit})`
}

function newestOf(
  values: readonly AttributeValue[],
  protocol: string,
  confidence: string,
): AttributeValue | undefined {
  let newest: AttributeValue | undefined
  for (const value of values) {
    if (value.protocol !== protocol || value.confidence !== confidence) continue
    if (newest === undefined || value.last > newest.last) newest = value
  }
  return newest
}

function better(a: AttributeValue, b: AttributeValue): number {
  return ranks[a.confidence] - ranks[b.confidence] || a.first - b.first
}
