/** Who takes part in the bench, and one run of each. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../bin/fieldtap.js', import.meta.url))
const decode = fileURLToPath(new URL('decode.ts', import.meta.url))

export interface Contestant {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Another product: the others are set against it. */
  readonly isPeer: boolean
  /** Reads the short capture. */
  readonly isShort: boolean
  /** Of each run; empty where it is not installed. */
  readonly seconds: number[]
}

export interface Captures {
  readonly folder: string
  readonly capture: string
  /** The same plant, fewer packets. */
  readonly short: string
  readonly baseline: string
}

/** The fields that a like-for-like list of Modbus and MQTT operations needs. */
const fields = [
  ...['frame.time_epoch', 'ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'mbtcp.trans_id'],
  ...['mbtcp.unit_id', 'modbus.func_code', 'modbus.reference_num', 'modbus.word_cnt'],
  ...['mqtt.msgtype', 'mqtt.topic'],
].flatMap((field) => ['-e', field])

export function contestants({ folder, capture, short, baseline }: Captures): Contestant[] {
  const analyze = [cli, 'analyze', capture, '--json']
  const ours = (name: string, args: readonly string[]): Contestant => ({
    ...{ name, command: process.execPath, args },
    ...{ isPeer: false, isShort: false, seconds: [] },
  })
  const peer = (name: string, args: readonly string[], isShort = false): Contestant => ({
    ...{ name, command: name.split(' ')[0] ?? '', args },
    ...{ isPeer: true, isShort, seconds: [] },
  })
  const shown = ['-Y', 'modbus || mqtt', '-T', 'fields', ...fields]
  return [
    ours('decode', [decode, capture]),
    ours('whole pipeline, learning', analyze),
    ours('whole pipeline, watching', [...analyze, '--baseline', baseline]),
    ours('the same, two threads', [...analyze, '--baseline', baseline, '--workers', '2']),
    peer('tshark -T fields', ['-r', short, ...shown], true),
    peer('ndpiReader -q', ['-q', '-i', capture]),
    // A real file: root replaces the null device by a file of this name.
    peer('tcpdump -r -w', ['-r', capture, '-w', join(folder, 'copy.pcap')]),
  ]
}

/** What was compiled once is kept, as the launcher of the product does it. */
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: join(process.cwd(), 'node_modules/.cache'),
}

function run(command: string, args: readonly string[]): { text: string; isThere: boolean } {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 4 * 1024 ** 3,
    env: environment,
  })
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
    return { text: '', isThere: false }
  }
  if (error !== undefined) throw error
  if (status !== 0 && status !== 1) throw new Error(`${command}: ${stderr.toString()}`)
  return { text: stdout.toString('utf8', 0, 100_000), isThere: true }
}

export function timeOnce({ command, args, seconds }: Contestant): void {
  const began = performance.now()
  if (run(command, args).isThere) seconds.push((performance.now() - began) / 1000)
}

export function runLearning(capture: string, baseline: string): void {
  run(process.execPath, [cli, 'baseline', 'learn', capture, '--output', baseline])
}

export interface Decoded {
  readonly seconds: number
  readonly packets: number
  readonly messages: number
  readonly residentBytes: number
}

export function runDecode(capture: string): Decoded {
  return JSON.parse(run(process.execPath, [decode, capture]).text) as Decoded
}

export function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
