/** What the kernel says of network interfaces, read from /sys. Nothing is opened for sending. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CaptureError } from './capture.ts'

const NETWORK = '/sys/class/net'
/** linux/if.h. */
const IFF_UP = 1

/** Names of the interfaces that are there; empty where the system has no /sys. */
export function interfaceNames(): string[] {
  try {
    return readdirSync(NETWORK).sort()
  } catch {
    return []
  }
}

function read(name: string, file: string): string | undefined {
  try {
    return readFileSync(join(NETWORK, name, file), 'utf8').trim()
  } catch {
    return undefined
  }
}

function number(name: string, file: string): number | undefined {
  const text = read(name, file)
  return text === undefined || text === '' ? undefined : Number(text)
}

/** The kernel's number of the interface: it stays when the name changes. */
export function interfaceIndex(name: string): number | undefined {
  // A name with a slash would leave the folder; the kernel allows none either.
  return name.includes('/') ? undefined : number(name, 'ifindex')
}

export function interfaceName(index: number): string | undefined {
  return interfaceNames().find((name) => interfaceIndex(name) === index)
}

/** ARPHRD_* of linux/if_arp.h. */
export function hardwareType(name: string): number | undefined {
  return number(name, 'type')
}

export function isUp(name: string): boolean {
  return ((number(name, 'flags') ?? 0) & IFF_UP) !== 0
}

/** False where the cable is out; interfaces that know no carrier have one. */
export function hasCarrier(name: string): boolean {
  return number(name, 'carrier') !== 0
}

/** How often its carrier came or went: a look misses what lasts for less than a second. */
export function carrierChanges(name: string): number | undefined {
  return number(name, 'carrier_changes')
}

const statistics = [
  'rx_packets',
  'rx_dropped',
  'rx_errors',
  'rx_missed_errors',
  'rx_fifo_errors',
  'rx_nohandler',
  'tx_packets',
] as const
export type InterfaceCounters = Readonly<Record<(typeof statistics)[number], number>>

/** Since the interface was made; undefined where it is not there. */
export function interfaceCounters(name: string): InterfaceCounters | undefined {
  if (interfaceIndex(name) === undefined) return undefined
  const pairs = statistics.map((file) => [file, number(name, `statistics/${file}`) ?? 0])
  return Object.fromEntries(pairs) as InterfaceCounters
}

export function noInterface(name: string): CaptureError {
  const present = interfaceNames()
  const list = present.length === 0 ? 'ip link lists those present' : present.join(', ')
  return new CaptureError(
    'INTERFACE_NOT_FOUND',
    `there is no network interface '${name}'`,
    `use one of: ${list}`,
  )
}

export function interfaceDown(name: string): CaptureError {
  return new CaptureError(
    'INTERFACE_DOWN',
    `${name} is down`,
    `bring it up: ip link set ${name} up`,
  )
}

/** Throws where one is not there or is down: at the start that is a mistake. Names all of them. */
export function checkInterfaces(names: readonly string[]): void {
  if (interfaceNames().length === 0) return
  const errors = names.flatMap((name) => {
    if (name === 'any') return []
    if (interfaceIndex(name) === undefined) return [noInterface(name)]
    return isUp(name) ? [] : [interfaceDown(name)]
  })
  const [first] = errors
  if (first === undefined) return
  const all = (key: 'message' | 'remedy'): string => errors.map((error) => error[key]).join('; ')
  throw new CaptureError(first.code, all('message'), all('remedy'))
}
