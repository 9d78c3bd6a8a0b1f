/** Who made a network adapter: the organisation that IEEE assigned its address prefix to. */
import { readFileSync } from 'node:fs'

/** MA-S, MA-M, MA-L: the longest registered prefix, in hexadecimal digits, goes first. */
const PREFIX_DIGITS = [9, 7, 6] as const

let vendors: ReadonlyMap<string, string> | undefined

/** The file is read when the first address is asked for: a megabyte that short commands spare. */
function table(): ReadonlyMap<string, string> {
  vendors ??= readVendors(readFileSync(new URL('oui.txt', import.meta.url), 'utf8'))
  return vendors
}

function readVendors(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const line of text.split('\n')) {
    const tab = line.indexOf('\t')
    if (tab < 0 || line.startsWith('#')) continue
    const name = line.slice(0, tab)
    for (const prefix of line.slice(tab + 1).split(' ')) found.set(prefix, name)
  }
  return found
}

/** `mac` with any or no separators; '' where the prefix is nobody's. */
export function vendorOf(mac: string): string {
  const digits = mac.replaceAll(/[^0-9A-Fa-f]/g, '').toUpperCase()
  if (digits.length !== 12 || isLocal(digits) || isGroup(digits)) return ''
  for (const length of PREFIX_DIGITS) {
    const name = table().get(digits.slice(0, length))
    if (name !== undefined) return name
  }
  return ''
}

/** IEEE 802-2014 8.4: the U/L bit says that nobody assigned it. */
function isLocal(digits: string): boolean {
  return (Number.parseInt(digits.slice(0, 2), 16) & 2) !== 0
}

function isGroup(digits: string): boolean {
  return (Number.parseInt(digits.slice(0, 2), 16) & 1) !== 0
}
