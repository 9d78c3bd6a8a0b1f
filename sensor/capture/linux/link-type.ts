/** The link type of what a packet socket gives, from the hardware type of the interface. */
import { CaptureError } from '../capture.ts'
import { hardwareType } from '../interfaces.ts'

/** ARPHRD_* of linux/if_arp.h to LINKTYPE_* of tcpdump.org/linktypes.html. */
const linkTypes = new Map([
  ['1', 1], // Ethernet
  ['772', 1], // loopback: Ethernet with zeros
  ['512', 12], // PPP gives the IP packet alone
  ['519', 101], // raw IP
  ['768', 12], // IP in IP
  ['769', 12],
  ['776', 12], // IPv6 in IPv4
  ['778', 12], // GRE
  ['65534', 12], // none: tun
])

export function linkTypeOf(name: string): number {
  const hardware = hardwareType(name)
  const linkType = linkTypes.get(String(hardware ?? 1))
  if (linkType !== undefined) return linkType
  throw new CaptureError(
    'LINK_TYPE_UNKNOWN',
    `the ring does not know interfaces like ${name} (ARPHRD ${hardware})`,
    'capture another way: --capture tcpdump',
  )
}
