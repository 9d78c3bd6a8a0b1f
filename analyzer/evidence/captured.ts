/** Where the packets of a finding are: in the capture file that the sensor read, if still there. */
import { access, constants } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { FindingDetail } from '../api/schema.ts'
import type { Store } from '../stores/store.ts'
import type { Cited } from './pcapng.ts'
import { pcapng } from './pcapng.ts'

/** Undefined: nobody has them any more; else how to read them as pcapng. */
export type PacketSource = (finding: FindingDetail) => Promise<(() => Readable) | undefined>

/** The answer to the last request of a finding may come this much later, µs. */
const ANSWER_US_MAX = 60e6

/** From the files that the sensor says it reads: no name from a request or a packet is opened. */
export function capturedPackets(store: Pick<Store, 'sensors'>): PacketSource {
  return async (finding) => {
    const rows = await store.sensors()
    const health = rows.find(({ sensor }) => sensor === finding.sensor)?.health
    if (health === undefined || health.mode === 'live' || finding.evidence.length === 0) {
      return undefined
    }
    const files = citedFiles(finding, health.files ?? [health.source])
    if (files === undefined || !(await readable(files))) return undefined
    const within = {
      from: Date.parse(finding.first) * 1000,
      to: Date.parse(finding.last) * 1000 + ANSWER_US_MAX,
    }
    return () => pcapng(files, { comment: `fieldtap finding ${finding.id}`, within })
  }
}

/** Undefined where a packet is cited that is in none of them. */
function citedFiles(finding: FindingDetail, known: readonly string[]): Cited[] | undefined {
  const files = new Map<string, number[]>()
  const only = known.length === 1 ? known[0] : undefined
  for (const { packet, file = only } of finding.evidence) {
    if (file === undefined || !known.includes(file)) return undefined
    const packets = files.get(file)
    if (packets === undefined) files.set(file, [packet])
    else packets.push(packet)
  }
  return [...files].map(([file, packets]) => ({ file, packets }))
}

async function readable(files: readonly Cited[]): Promise<boolean> {
  try {
    await Promise.all(files.map(({ file }) => access(file, constants.R_OK)))
    return true
  } catch {
    return false
  }
}
