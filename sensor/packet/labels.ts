/**
 * What the way to the mirror wrote on a packet: tags and tunnels around the hosts, and the mirror
 * that sent the copy. Made once per flow, never per packet.
 */
import type { Labels } from '../operation.ts'
import { ip4Text, ip6Text } from './address.ts'
import { LAYERS_KEPT, encapsulations } from './encapsulation.ts'
import type { Packet } from './packet.ts'

type Words = [number, number, number, number]

/** Undefined for a packet of a file that nothing encapsulates. */
export function labelsOf(p: Packet): Labels | undefined {
  const lan = p.wrapped ? undefined : prpLan(p)
  if (!p.wrapped && lan === undefined && p.interface === '') return undefined
  const types: string[] = []
  const ids: string[] = []
  const { count, kinds, ids: numbers } = p.around
  for (let i = 0; i < (p.wrapped ? Math.min(count, LAYERS_KEPT) : 0); i++) {
    const type = encapsulations[kinds[i] as number] as string
    const id = numbers[i] as number
    if (!types.includes(type)) types.push(type)
    if (id >= 0) ids.push(`${type}:${id}`)
  }
  if (lan !== undefined) {
    types.push('prp')
    ids.push(`prp:${lan}`)
  }
  return {
    vlans: p.allVlans(),
    mirror: mirrorOf(p),
    encapsulations: types,
    encapsulationIds: ids,
    ...(p.interface === '' ? {} : { interface: p.interface }),
  }
}

function mirrorOf({ wrapped, around }: Packet): Labels['mirror'] {
  if (!wrapped || around.mirror === 0) return undefined
  const [w0, w1, w2, w3] = Array.from(around.mirrorSource, (word) => word >>> 0) as Words
  const source = around.mirrorFamily === 4 ? ip4Text(w0) : ip6Text(w0, w1, w2, w3)
  return { type: `erspan-${around.mirror}`, session: around.mirrorSession, source }
}

/**
 * The redundancy control trailer of PRP (IEC 62439-3 section 4.2.7.3): sequence number, LAN A or
 * B, size of all behind the EtherType, suffix. Linux counts the trailer in, others do not. Padding
 * and trailers are never payload: the IP header says where that ends.
 */
function prpLan(p: Packet): 'a' | 'b' | undefined {
  const at = p.frameEnd - 6
  const start = p.sourceMac + 8 + 4 * p.vlanCount
  if (p.cut || p.sourceMac < 0 || p.destinationMac < 0 || at < p.end || at < start) return undefined
  if (p.view.getUint16(at + 4) !== 0x88fb) return undefined
  const word = p.view.getUint16(at + 2)
  const size = word & 0xfff
  if (size !== p.frameEnd - start && size !== at - start) return undefined
  const lan = word >>> 12
  return lan === 10 ? 'a' : lan === 11 ? 'b' : undefined
}
