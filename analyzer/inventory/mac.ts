/** Link addresses: which bind an address to one adapter, and which never do. */

/**
 * Addresses that redundant routers share: VRRP (RFC 9568 section 7.3, both families), HSRP
 * versions 1 and 2, GLBP. They move between adapters without anybody being replaced.
 */
const virtualPrefixes = [
  '00-00-5E-00-01',
  '00-00-5E-00-02',
  '00-00-0C-07-AC',
  '00-00-0C-9F-F',
  '00-07-B4-00',
] as const

export function isVirtualMac(mac: string): boolean {
  return virtualPrefixes.some((prefix) => mac.startsWith(prefix))
}

/** Of one adapter: not empty, not all zero, not a group (IEEE 802-2014 8.4). */
export function isStationMac(mac: string): boolean {
  if (mac.length !== 17 || mac === '00-00-00-00-00-00') return false
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0
}

/** From the record's form `00-80-F4-10-20-01` to the short form's `00:80:f4:10:20:01`. */
export function shortMac(mac: string): string {
  return mac.replaceAll('-', ':').toLowerCase()
}

/** Back to the record's form, from any usual spelling. */
export function recordMac(mac: string): string {
  return mac.replaceAll(':', '-').toUpperCase()
}
