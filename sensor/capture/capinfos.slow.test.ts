/**
 * Every capture of the corpus that capinfos opens holds for us as many packets, as many bytes on
 * the wire, from and to the same time. Where it is kept different, the table says why.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFile } from './file.ts'

const corpus = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url))
const isThere = existsSync(corpus)

interface Summary {
  packets: number
  /** On the wire. */
  bytes: number
  /** µs of the earliest and the latest packet; undefined where a packet has no time. */
  first: number | undefined
  last: number | undefined
}

/** Said by capinfos of damaged records; what we say is the other. */
const different: Readonly<Record<string, readonly (keyof Summary)[]>> = {
  // A wire length below the captured length cannot be: we take the captured one.
  'aoe-oobr-1.pcap': ['bytes'],
  'atm-heapoverflow.pcap': ['bytes'],
  'atm-oam-heapoverflow.pcap': ['bytes'],
  'icmp-icmp_print-oobr-2.pcap': ['bytes'],
  'rsvp-rsvp_obj_print-oobr.pcap': ['bytes'],
  'slip-compressed_sl_print-oobr.pcap': ['bytes'],
  'slip-sliplink_print-oobr.pcap': ['bytes'],
  // Fractions of many seconds: it keeps 32 bits of them, we add them to the seconds.
  'atm-oam-loopback-print-overrun.pcap': ['bytes', 'first', 'last'],
  'rx_serviceid_oobr.pcap': ['first'],
  'timestamp_invalid_micro.pcap': ['last'],
  'timestamp_invalid_nano.pcap': ['last'],
  // Seconds of 2038 and later are times before 1970 to it; the format has no sign.
  'bgp_vpn_rt-oobr.pcap': ['first', 'last'],
  'olsr-oobr-2.pcap': ['first', 'last'],
  'pim_header_asan-2.pcap': ['bytes', 'first'],
  // Of a resolution of 2^-10 seconds it prints two digits.
  'test902.pcapng': ['first', 'last'],
}

const files = isThere
  ? readdirSync(corpus, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.(bin|json|md|names)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
  : []

/** One line a file: name, packets, bytes, earliest, latest; those that it opens. */
function asCapinfosSays(): Map<string, Summary> {
  const flags = ['-T', '-M', '-r', '-m', '-Q', '-c', '-d', '-a', '-e', '-S']
  const options = { encoding: 'utf8', maxBuffer: 1 << 26 } as const
  const said = spawnSync('capinfos', [...flags, ...files], options)
  const summaries = new Map<string, Summary>()
  for (const line of said.stdout.split('\n')) {
    const [file, packets, bytes, first, last] = [...line.matchAll(/"([^"]*)"/g)].map(([, t]) => t)
    if (file === undefined) continue
    summaries.set(file, {
      packets: Number(packets),
      bytes: Number(bytes),
      first: microseconds(first),
      last: microseconds(last),
    })
  }
  return summaries
}

/** `1700000000.001000`, with as many digits as the file's resolution has. */
function microseconds(text: string | undefined): number | undefined {
  const [seconds, fraction = ''] = (text ?? 'n/a').split('.')
  if (seconds === 'n/a') return undefined
  return Number(seconds) * 1e6 + Number(fraction.padEnd(6, '0').slice(0, 6))
}

async function asWeSay(file: string): Promise<Summary> {
  const summary: Summary = { packets: 0, bytes: 0, first: undefined, last: undefined }
  for await (const { count, wire, time } of openFile(file).batches()) {
    summary.packets += count
    for (let i = 0; i < count; i++) {
      const at = time[i] as number
      summary.bytes += wire[i] as number
      summary.first = Math.min(at, summary.first ?? at)
      summary.last = Math.max(at, summary.last ?? at)
    }
  }
  return summary
}

test.runIf(isThere)('packet counts, times and bytes are those of capinfos', async () => {
  const theirs = asCapinfosSays()
  expect(theirs.size).toBeGreaterThan(1100)
  const wrong: unknown[] = []
  const used = new Set<string>()
  for (const [file, said] of theirs) {
    const ours = await asWeSay(file)
    for (const name of ['packets', 'bytes', 'first', 'last'] as const) {
      const their = said[name]
      const our = ours[name]
      // A simple packet block has no time: we take that of the packet before it.
      if (their === our || their === undefined) continue
      if (different[basename(file)]?.includes(name)) used.add(`${basename(file)} ${name}`)
      else wrong.push({ file, name, their, our })
    }
  }
  expect(wrong).toEqual([])
  const listed = Object.entries(different).flatMap(([file, names]) =>
    names.map((name) => `${file} ${name}`),
  )
  expect([...used].sort()).toEqual(listed.sort())
})

async function packetsOf(file: string): Promise<string[]> {
  const packets: string[] = []
  for await (const { bytes, count, offset, captured, wire, time } of openFile(file).batches()) {
    for (let i = 0; i < count; i++) {
      const at = offset[i] as number
      const data = Buffer.from(bytes.subarray(at, at + (captured[i] as number))).toString('hex')
      packets.push(`${time[i]} ${wire[i]} ${data}`)
    }
  }
  return packets
}

test.runIf(isThere)('what editcap writes in other formats reads like the original', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldtap-formats-'))
  try {
    for (const name of ['zeek+zeek/testing/btest/Traces/mqtt.pcap', '../crafted/modbus_all.pcap']) {
      const original = join(corpus, 'files', name)
      const packets = await packetsOf(original)
      expect(packets.length).toBeGreaterThan(10)
      for (const format of ['pcap', 'nsecpcap', 'modpcap', 'rh6_1pcap', 'suse6_3pcap', 'pcapng']) {
        const some: [string, number][] = [
          ['1', 1],
          [`1-${packets.length}`, packets.length],
        ]
        for (const [range, count] of some) {
          const file = join(folder, `${format}-${count}`)
          const made = spawnSync('editcap', ['-F', format, '-r', original, file, range])
          expect(made.status, made.stderr.toString()).toBe(0)
          expect(await packetsOf(file), `${format} of ${name}`).toEqual(packets.slice(0, count))
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
