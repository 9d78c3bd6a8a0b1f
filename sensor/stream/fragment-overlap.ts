/**
 * Fragments of one datagram that say different things: which of them the server read, nobody who
 * watches can know (RFC 1858, RFC 5722).
 */
import type { Packet } from '../packet/packet.ts'
import { labelsOf } from '../packet/labels.ts'
import type { StreamContext } from './context.ts'
import { FlowRecord, destinationOf, sourceOf } from './flow.ts'

/** Of a fragment, or of the packet that it completes; ports are 0 where they are not known. */
export function tellFragmentOverlap(p: Packet, context: StreamContext): void {
  if (p.transport !== 6 && p.transport !== 17) return
  const transport = p.transport === 6 ? 'tcp' : 'udp'
  const protocolAt = (port: number): string =>
    context.protocols.find(({ dissector }) => {
      return dissector.ports.includes(port) && dissector.transports.includes(transport)
    })?.dissector.name ?? ''
  const asked = protocolAt(p.destinationPort)
  const answered = asked === '' ? protocolAt(p.sourcePort) : ''
  const fromClient = answered === ''
  const [source, destination] = [sourceOf(p), destinationOf(p)]
  const [client, server] = fromClient ? [source, destination] : [destination, source]
  const number = context.nextFlow()
  context.sink.anomaly({
    flow: new FlowRecord(number, transport, client, server, 'port', p.vlans(), labelsOf(p)),
    time: p.time,
    sequence: context.nextSequence(),
    packet: p.number,
    code: 'fragment-overlap',
    layer: p.family === 4 ? 'ipv4' : 'ipv6',
    offset: 0,
    protocol: fromClient ? asked : answered,
    fromClient,
  })
}
