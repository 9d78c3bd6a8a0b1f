/**
 * Three tables, on captures generated for them: decode and whole pipeline against `tshark -T
 * fields`, `ndpiReader -q` and `tcpdump -r -w` on the same file, turn by turn in the same run;
 * the decode by number of connections, with its resident memory; messages a second of each
 * protocol, many in one segment, so that little but the messages costs. Medians. Prints, judges
 * nothing: machines differ, the ratios are what counts.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contestants, medianOf, runDecode, runLearning, timeOnce } from './contest.ts'
import type { Contestant } from './contest.ts'
import { generate } from './generate.ts'
import type { ProtocolName } from './writer.ts'

/** So many that the start of a process, the baseline and warming up weigh little. */
const PACKETS = Number(process.env['BENCH_PACKETS'] ?? 12_000_000)
/** Where each run starts anew and is not timed from there. */
const FEWER_PACKETS = Math.min(PACKETS, 3_000_000)
/** For peers that need microseconds a packet: their rate is that of these. */
const PEER_PACKETS = Math.min(PACKETS, 300_000)
const FLOWS = 1_000
const RUNS = 3

/** Connections, and packets of all of them: of a million each has eight. */
const SIZES = [
  [1_000, FEWER_PACKETS],
  [10_000, FEWER_PACKETS],
  [60_000, FEWER_PACKETS],
  [1_000_000, 8_000_000],
] as const

/** Messages in one segment of each way, some 1,000 bytes of them. */
const PILES: readonly (readonly [ProtocolName, number, string])[] = [
  ['modbus', 10, 'ADU'],
  ['opcua', 5, 'messages, Read and Publish of 3 values'],
  ['mqtt', 30, 'packets'],
  ['sparkplug', 8, 'payloads of 5 metrics'],
]

function cell(value: number, width: number, digits = 0): string {
  return value.toFixed(digits).padStart(width)
}

function compare(folder: string): void {
  const capture = join(folder, 'bench.pcap')
  const short = join(folder, 'short.pcap')
  const baseline = join(folder, 'baseline.yaml')
  const made = generate(capture, { packets: PACKETS, flows: FLOWS, mqttPercent: 5 })
  const brief = generate(short, { packets: PEER_PACKETS, flows: FLOWS, mqttPercent: 5 })
  const bytes = statSync(capture).size / made.packets
  runLearning(capture, baseline)
  if (!existsSync(baseline)) throw new Error('learning failed')
  const all = contestants({ folder, capture, short, baseline })
  for (let run = 0; run < RUNS; run++) for (const one of all) timeOnce(one)
  const rateOf = ({ isShort, seconds }: Contestant): number =>
    (isShort ? brief : made).packets / medianOf(seconds)
  const peers = all.filter(({ isPeer, seconds }) => isPeer && seconds.length > 0)
  const heads = peers.map(({ name }) => `x ${name.split(' ')[0]}`.padStart(13)).join('')
  console.log(`\n${made.packets} packets, ${FLOWS} connections, start of the process included`)
  console.log(`${''.padEnd(26)}${'packets/s'.padStart(11)}${'MB/s'.padStart(7)}${heads}`)
  for (const one of all) {
    if (one.seconds.length === 0) {
      console.log(`${one.name.padEnd(26)}${'not installed'.padStart(18)}`)
      continue
    }
    const rate = rateOf(one)
    const ratios = peers.map((peer) => cell(rate / rateOf(peer), 13, 2)).join('')
    const runs = one.seconds.map((seconds) => seconds.toFixed(2)).join(', ')
    const megabytes = cell((rate * bytes) / 1e6, 7)
    console.log(`${one.name.padEnd(26)}${cell(rate, 11)}${megabytes}${ratios}  (${runs} s)`)
  }
}

function byConnections(folder: string): void {
  console.log('\ndecode by number of connections, start of the process left out')
  console.log(`${'connections'.padEnd(14)}${'packets/s'.padStart(11)}${'resident MB'.padStart(14)}`)
  for (const [flows, packets] of SIZES) {
    const capture = join(folder, 'flows.pcap')
    generate(capture, { packets, flows, mqttPercent: 5 })
    const runs = Array.from({ length: RUNS }, () => runDecode(capture))
    const rate = medianOf(runs.map((run) => run.packets / run.seconds))
    const resident = medianOf(runs.map(({ residentBytes }) => residentBytes)) / 1e6
    console.log(`${String(flows).padEnd(14)}${cell(rate, 11)}${cell(resident, 14)}`)
    rmSync(capture)
  }
}

function byProtocol(folder: string): void {
  console.log('\nmessages decoded and joined, start of the process left out')
  for (const [only, pile, what] of PILES) {
    const capture = join(folder, 'piles.pcap')
    generate(capture, { packets: Math.round(FEWER_PACKETS / pile), flows: 20, only, pile })
    const runs = Array.from({ length: RUNS }, () => runDecode(capture))
    const rate = medianOf(runs.map(({ messages, seconds }) => messages / seconds))
    console.log(`${only.padEnd(14)}${cell(rate, 11)} /s  ${what}`)
    rmSync(capture)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-bench-'))
try {
  console.log(`medians of ${RUNS}`)
  compare(folder)
  byConnections(folder)
  byProtocol(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
