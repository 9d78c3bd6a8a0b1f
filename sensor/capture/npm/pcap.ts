/** The package `pcap` (node-pcap/node_pcap): times and losses are libpcap's own. */
import { writeSync } from 'node:fs'
import type { ChildSettings } from './package.ts'
import type { PcapWriter } from './pcap-writer.ts'

interface Session {
  readonly link_type: string
  on(event: 'packet', told: (packet: { buf: Buffer; header: Buffer }) => void): void
  /** Counts of libpcap since it was opened: those lost are among those received. */
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number }
  close(): void
}

interface Pcap {
  createSession(device: string, options: object): Session
  warningHandler: (text: string) => void
}

const STATISTICS_MS = 1000
/** libpcap hands packets over after so long: the delay of a packet at low rates. */
const TIMEOUT_MS = 20

const linkTypes: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: 0,
  LINKTYPE_ETHERNET: 1,
  LINKTYPE_RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  LINKTYPE_IEEE802_11_RADIO: 127,
}

/** The package without what could transmit. */
export function listeningPcap(module: unknown): Pcap {
  const pcap = module as Pcap & { PcapSession: { prototype: object } }
  Reflect.deleteProperty(pcap.PcapSession.prototype, 'inject')
  // A mirror port has no address, which it warns of.
  pcap.warningHandler = () => {}
  return pcap
}

/** Returns what ends it. */
export function captureByPcap(
  module: unknown,
  settings: ChildSettings,
  writer: PcapWriter,
): () => void {
  const { filter, snaplen, bufferBytes } = settings
  const session = listeningPcap(module).createSession(settings.interface, {
    filter,
    snap_length: snaplen,
    buffer_size: bufferBytes,
    buffer_timeout: TIMEOUT_MS,
    promiscuous: true,
  })
  // Inside it is the binding, which has the same.
  const { session: binding } = session as unknown as { session: object }
  Reflect.deleteProperty(Object.getPrototypeOf(binding) as object, 'inject')
  const linkType = linkTypes[session.link_type]
  if (linkType === undefined) throw new Error(`does not know this interface: ${session.link_type}`)
  let toldAt = performance.now()
  const tell = (): void => {
    toldAt = performance.now()
    const { ps_recv, ps_drop, ps_ifdrop } = session.stats()
    writeSync(
      2,
      `${writer.packets} packets captured, ${ps_recv} packets received by filter, ` +
        `${ps_drop} packets dropped by kernel, ${ps_ifdrop} packets dropped by interface\n`,
    )
  }
  session.on('packet', ({ buf, header }) => {
    const captured = header.readUInt32LE(8)
    writer.packet(
      header.readUInt32LE(0),
      header.readUInt32LE(4),
      buf,
      captured,
      header.readUInt32LE(12),
    )
    // Under a flood no timer runs.
    if ((writer.packets & 1023) === 0 && performance.now() - toldAt > STATISTICS_MS) tell()
  })
  setInterval(tell, STATISTICS_MS)
  writer.begin(linkType)
  return () => {
    tell()
    session.close()
  }
}
