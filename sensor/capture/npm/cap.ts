/** The package `cap` (mscdex/cap): neither times nor losses. */
import type { ChildSettings } from './package.ts'
import type { PcapWriter } from './pcap-writer.ts'

interface Cap {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string
  on(event: 'packet', told: (length: number) => void): void
  close(): void
}

/** `cap` has no other snap length. */
const PACKET_BYTES = 65_535

/** What the package calls them, as LINKTYPE_* of tcpdump.org/linktypes.html. */
const linkTypes: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
}

/** The class without what could transmit. */
export function listeningCap(module: unknown): new () => Cap {
  const { Cap } = module as { Cap: { new (): Cap; prototype: object } }
  Reflect.deleteProperty(Cap.prototype, 'send')
  return Cap
}

/** Returns what ends it. */
export function captureByCap(
  module: unknown,
  settings: ChildSettings,
  writer: PcapWriter,
): () => void {
  const Cap = listeningCap(module)
  const cap = new Cap()
  const buffer = Buffer.alloc(PACKET_BYTES)
  let last = 0
  cap.on('packet', (length) => {
    // Clocks are set back at times; packets arrive in order.
    last = Math.max(last, Math.floor((performance.timeOrigin + performance.now()) * 1000))
    writer.packet(Math.floor(last / 1e6), last % 1e6, buffer, length, length)
  })
  const { bufferBytes, filter } = settings
  const name = cap.open(settings.interface, filter, bufferBytes, buffer)
  const linkType = linkTypes[name]
  if (linkType === undefined) throw new Error(`does not know this interface: ${name}`)
  writer.begin(linkType)
  return () => cap.close()
}
