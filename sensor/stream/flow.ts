/** One transport conversation as the rest of the product sees it: made once, then only read. */
import { communityId } from '../decode/community-id.ts'
import type { Endpoint, Flow, Labels } from '../operation.ts'
import type { Packet } from '../packet/packet.ts'
import { ip4Text, ip6Text, macText } from '../packet/address.ts'

export class FlowRecord implements Flow {
  readonly number: number
  readonly transport: 'tcp' | 'udp' | 'arp'
  readonly client: Endpoint
  readonly server: Endpoint
  readonly initiatorReason: 'syn' | 'port' | 'shape'
  proven = false
  readonly vlans: readonly number[]
  readonly labels: Labels | undefined
  slot: unknown = undefined
  #id = ''

  constructor(
    number: number,
    transport: 'tcp' | 'udp' | 'arp',
    client: Endpoint,
    server: Endpoint,
    initiatorReason: 'syn' | 'port' | 'shape',
    vlans: readonly number[],
    labels: Labels | undefined,
  ) {
    this.number = number
    this.transport = transport
    this.client = client
    this.server = server
    this.initiatorReason = initiatorReason
    this.vlans = vlans
    this.labels = labels
  }

  /** '' for ARP, which the specification does not cover. */
  get id(): string {
    if (this.#id === '' && this.transport !== 'arp') {
      const { client, server } = this
      const transport = this.transport === 'tcp' ? 6 : 17
      this.#id = communityId(transport, client.ip, client.port, server.ip, server.port)
    }
    return this.#id
  }
}

export function sourceOf(p: Packet): Endpoint {
  const { source0, source1, source2, source3 } = p
  const ip = p.family === 4 ? ip4Text(source0) : ip6Text4(source0, source1, source2, source3)
  return { ip, port: p.sourcePort, mac: macText(p.bytes, p.sourceMac) }
}

export function destinationOf(p: Packet): Endpoint {
  const { destination0, destination1, destination2, destination3 } = p
  const ip =
    p.family === 4
      ? ip4Text(destination0)
      : ip6Text4(destination0, destination1, destination2, destination3)
  return { ip, port: p.destinationPort, mac: macText(p.bytes, p.destinationMac) }
}

function ip6Text4(w0: number, w1: number, w2: number, w3: number): string {
  return ip6Text(w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0)
}

/** Group addresses and IPv4 broadcast: never a client (RFC 1112, RFC 4291 section 2.7). */
export function isGroup(p: Packet): boolean {
  const first = p.destination0
  if (p.family === 6) return first >>> 24 === 0xff
  return first >>> 28 === 14 || first === -1
}
