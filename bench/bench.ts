/**
 * Packets a second of the decode and of the whole pipeline, and their ratio to `tshark -T fields`
 * on the same generated capture, turn by turn in the same run: medians of three. Prints, judges
 * nothing: machines differ, the ratio is what counts.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from './generate.ts'

const PACKETS = Number(process.env['BENCH_PACKETS'] ?? 3_000_000)
const FLOWS = 1_000
const RUNS = 3

const cli = fileURLToPath(new URL('../bin/fieldtap.js', import.meta.url))
const decode = fileURLToPath(new URL('decode.ts', import.meta.url))

interface Contestant {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly seconds: number[]
}

/** The fields that a like-for-like list of Modbus and MQTT operations needs. */
const fields = [
  ...['frame.time_epoch', 'ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'mbtcp.trans_id'],
  ...['mbtcp.unit_id', 'modbus.func_code', 'modbus.reference_num', 'modbus.word_cnt'],
  ...['mqtt.msgtype', 'mqtt.topic'],
].flatMap((field) => ['-e', field])

function contestants(capture: string, baseline: string): Contestant[] {
  const node = process.execPath
  const analyze = [cli, 'analyze', capture, '--json']
  return [
    { name: 'decode', command: node, args: [decode, capture], seconds: [] },
    { name: 'whole pipeline, learning', command: node, args: analyze, seconds: [] },
    {
      name: 'whole pipeline, watching',
      command: node,
      args: [...analyze, '--baseline', baseline],
      seconds: [],
    },
    {
      name: 'tshark -T fields',
      command: 'tshark',
      args: ['-r', capture, '-Y', 'modbus || mqtt', '-T', 'fields', ...fields],
      seconds: [],
    },
  ]
}

function time(contestant: Contestant): void {
  const began = performance.now()
  const { error, status, stderr } = spawnSync(contestant.command, contestant.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 4 * 1024 ** 3,
  })
  if (error !== undefined) throw error
  if (status !== 0 && status !== 1) throw new Error(`${contestant.name}: ${stderr.toString()}`)
  contestant.seconds.push((performance.now() - began) / 1000)
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'fieldtap-bench-'))
  try {
    const capture = join(folder, 'bench.pcap')
    const baseline = join(folder, 'baseline.yaml')
    const packets = generate(capture, { packets: PACKETS, flows: FLOWS, mqttPercent: 5 }).packets
    const megabytes = Math.round(statSync(capture).size / 1e6)
    console.log(`${packets} packets, ${FLOWS} flows, ${megabytes} MB, medians of ${RUNS}`)
    spawnSync(process.execPath, [cli, 'baseline', 'learn', capture, '--output', baseline])
    if (!existsSync(baseline)) throw new Error('learning failed')
    const all = contestants(capture, baseline)
    for (let run = 0; run < RUNS; run++) for (const contestant of all) time(contestant)
    const peer = median(all.at(-1)?.seconds ?? [])
    for (const { name, seconds } of all) {
      const middle = median(seconds)
      const rate = Math.round(packets / middle)
      console.log(
        `${name.padEnd(26)} ${middle.toFixed(2).padStart(7)} s ${String(rate).padStart(9)} packets/s` +
          ` ${(peer / middle).toFixed(1).padStart(6)}x tshark` +
          `  (${seconds.map((second) => second.toFixed(2)).join(', ')})`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main()
