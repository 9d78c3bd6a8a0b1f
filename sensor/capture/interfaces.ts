/** What the kernel says of network interfaces, read from /sys. Nothing is opened for sending. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const NETWORK = '/sys/class/net'

/** Names of the interfaces that are there; empty where the system has no /sys. */
export function interfaceNames(): string[] {
  try {
    return readdirSync(NETWORK).sort()
  } catch {
    return []
  }
}

/** Packets that the interface has sent since it was made; undefined where nobody counts. */
export function transmittedPackets(name: string): number | undefined {
  // Loopback sends whatever it receives: its count says nothing.
  if (name === 'lo' || !interfaceNames().includes(name)) return undefined
  try {
    const text = readFileSync(join(NETWORK, name, 'statistics/tx_packets'), 'utf8')
    return Number.parseInt(text, 10)
  } catch {
    return undefined
  }
}
