/** The bytes of each direction of each TCP conversation of a capture, put together by tshark. */

import { fields } from '../proof/tshark.ts'

export type Payload = { readonly source: string; readonly target: string; readonly bytes: Buffer }

export function tcpPayloads(file: string, filter: string): Payload[] {
  const rows = fields(
    file,
    `(${filter}) && tcp.len > 0 && !tcp.analysis.retransmission && ` +
      '!tcp.analysis.spurious_retransmission',
    ['tcp.stream', 'ip.src', 'ip.dst', 'tcp.payload'],
  )
  const found = new Map<string, { source: string; target: string; parts: Buffer[] }>()
  for (const [stream = '', source = '', target = '', hex = ''] of rows) {
    const key = `${stream} ${source}`
    const direction = found.get(key) ?? { source, target, parts: [] }
    direction.parts.push(Buffer.from(hex, 'hex'))
    found.set(key, direction)
  }
  return [...found.values()].map(({ source, target, parts }) => ({
    source,
    target,
    bytes: Buffer.concat(parts),
  }))
}
