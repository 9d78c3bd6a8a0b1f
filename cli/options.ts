/** What a sensor runs with: the command line first, then fieldtap.yaml, then the default. */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { CommandError, Complaints, InputErrors } from './command.ts'
import type { Config } from './config.ts'
import { CONFIG_FILE, isLoopback, isTimeZone, readConfig } from './config.ts'
import type { Source } from './data.ts'
import { dataHome, defaultData, isLive, liveData } from './data.ts'
import type { ClusterOptions } from './elastic-options.ts'
import { clusterOptions } from './elastic-options.ts'
import { bundled } from './inputs.ts'
import { keptStore } from './kept-store.ts'
import type { Upkeep } from './quota.ts'
import { upkeepOf } from './quota.ts'
import type { LiveFlags } from './live-source.ts'
import { listOf, liveSource } from './live-source.ts'

/** As commander gives them. */
export interface RunFlags extends LiveFlags {
  speed?: string
  follow?: boolean
  workers?: string
  data?: string
  config?: string
  policy?: string
  baseline?: string
  rules?: string[]
  site?: string
  timezone?: string
  host?: string
  port?: string
}

export interface RunOptions {
  readonly source: Source
  readonly data: string
  readonly sensor: string | undefined
  readonly site: string
  readonly timezone: string
  readonly policy: string | undefined
  readonly baseline: string | undefined
  readonly rules: readonly string[]
  readonly filter: string | undefined
  readonly snaplen: number | undefined
  readonly bufferKiB: number | undefined
  readonly speed: number | undefined
  readonly workers: number
  readonly learningDays: number
  readonly operationsMax: number | undefined
  readonly upkeep: Upkeep
  /** Undefined: the embedded store is all there is. */
  readonly cluster: ClusterOptions | undefined
  readonly host: string
  readonly port: number
}

const DEMO = 'pcaps/plant/'
/** Capture seconds per second in which a replay is shown. */
const SPEED_DEFAULT = 10
const PORT_DEFAULT = 8620

/** `kept`: a store that is there is looked into; `live`: one is brought back. */
export function resolveOptions(
  files: readonly string[],
  flags: RunFlags,
  store: 'own' | 'kept' | 'live' = 'own',
): RunOptions {
  const { config, base } = findConfig(flags.config)
  const complaints = new Complaints()
  const source = sourceOf(files, flags, config, base, complaints)
  const demo = source.kind === 'demo'
  const host = flags.host ?? config.console?.host ?? '127.0.0.1'
  if (!isLoopback(host)) {
    complaints.add(
      'CONSOLE_NOT_LOOPBACK',
      `the console does not listen on ${host}`,
      'Use 127.0.0.1: until there are accounts it is for this machine only (ssh -L 8620:…).',
    )
  }
  const number = (text: string | undefined, flag: string, low: number, high: number) => {
    return wholeOf(text, flag, [low, high], complaints)
  }
  const otherwise = (): string => {
    if (!demo || store === 'own') return defaultData(source)
    return store === 'kept' ? keptStore() : liveData(dataHome())
  }
  const data = resolve(flags.data ?? below(base, config.store?.data) ?? otherwise())
  const options = {
    source,
    data,
    sensor: config.sensor?.id ?? (isLive(source) ? hostname() : undefined),
    site: flags.site ?? config.site ?? (demo ? 'demo plant' : 'default'),
    timezone: checkedTimeZone(flags.timezone ?? config.timezone, complaints),
    policy: flags.policy ?? below(base, config.policy) ?? demoFile(demo, 'policy.yaml'),
    baseline: flags.baseline ?? below(base, config.baseline) ?? demoFile(demo, 'baseline.yaml'),
    rules: flags.rules ?? rulesOf(config).map((path) => resolve(base, path)),
    filter: flags.filter ?? config.capture?.filter,
    snaplen: number(flags.snaplen, '--snaplen', 64, 262_144) ?? config.capture?.snaplen,
    bufferKiB: number(flags.buffer, '--buffer', 1024, 1_048_576) ?? config.capture?.buffer,
    speed: speedOf(flags.speed, complaints) ?? config.capture?.speed ?? SPEED_DEFAULT,
    workers: workersOf(flags.workers, complaints) ?? config.sensor?.workers ?? 1,
    learningDays: config.learning?.days ?? 7,
    operationsMax: config.retention?.operations,
    upkeep: upkeepOf(config, data, isLive(source)),
    cluster: config.elasticsearch && clusterOptions(config.elasticsearch, base),
    host,
    port: number(flags.port, '--port', 0, 65_535) ?? config.console?.port ?? PORT_DEFAULT,
  }
  complaints.check()
  return options
}

/** Threads among which one sensor shares the packets: more than cores are of no use. */
export const WORKERS_MAX = 32

function workersOf(text: string | undefined, complaints: Complaints): number | undefined {
  return wholeOf(text, '--workers', [1, WORKERS_MAX], complaints)
}

export interface JudgingFlags {
  workers?: string
  config?: string
  policy?: string
  baseline?: string
  rules?: string[]
  site?: string
  timezone?: string
}

export interface JudgingOptions {
  readonly workers: number
  readonly policy: string | undefined
  readonly baseline: string | undefined
  readonly rules: readonly string[]
  readonly site: string
  readonly timezone: string
}

/** What a capture is judged with, for commands that keep no store. */
export function judgingOptions(flags: JudgingFlags): JudgingOptions {
  const { config, base } = findConfig(flags.config)
  const complaints = new Complaints()
  const options = {
    workers: workersOf(flags.workers, complaints) ?? config.sensor?.workers ?? 1,
    policy: flags.policy ?? below(base, config.policy),
    baseline: flags.baseline ?? below(base, config.baseline),
    rules: flags.rules ?? rulesOf(config).map((path) => resolve(base, path)),
    site: flags.site ?? config.site ?? 'default',
    timezone: checkedTimeZone(flags.timezone ?? config.timezone, complaints),
  }
  complaints.check()
  return options
}

function below(base: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(base, path)
}

function rulesOf({ rules }: Config): readonly string[] {
  return listOf(rules)
}

function checkedTimeZone(timezone: string | undefined, complaints: Complaints): string {
  const name = timezone ?? systemTimeZone()
  if (!isTimeZone(name)) {
    const remedy = 'Use an IANA name such as Europe/Vienna or UTC.'
    complaints.add('TIMEZONE_UNKNOWN', `the time zone ${name} is not known`, remedy)
  }
  return name
}

/** The demonstration's capture, or those that were named. */
export function captureFiles(source: Source): readonly string[] {
  if (source.kind === 'demo') return [bundled(`${DEMO}day.pcapng`)]
  return source.kind === 'file' ? source.files : []
}

function demoFile(demo: boolean, name: string): string | undefined {
  return demo ? bundled(DEMO + name) : undefined
}

function findConfig(named: string | undefined): { config: Config; base: string } {
  if (named === undefined && !existsSync(CONFIG_FILE)) return { config: {}, base: process.cwd() }
  const file = named ?? CONFIG_FILE
  const { config, errors } = readConfig(file)
  if (errors.length > 0) throw new InputErrors(errors)
  return { config, base: dirname(resolve(file)) }
}

function sourceOf(
  files: readonly string[],
  flags: RunFlags,
  config: Config,
  base: string,
  complaints: Complaints,
): Source {
  const isNamed = files.length > 0
  if (isNamed && (flags.interface ?? flags.captureCommand) !== undefined) {
    complaints.add(
      'CAPTURE_TWICE',
      'a file and an interface were both named',
      'Name the capture file or --interface, not both.',
    )
  }
  if (isNamed) refuseLiveFlags(flags, complaints)
  const configured = listOf(config.capture?.file).map((file) => resolve(base, file))
  const live = isNamed ? undefined : liveSource(flags, config.capture, complaints)
  if (live !== undefined) refuseReplayFlags(flags, complaints)
  else if (!isNamed && configured.length === 0) refuseWithoutPort(flags, complaints)
  const read = isNamed ? files : live === undefined ? configured : []
  const follow = flags.follow === true
  if (follow && (read.length !== 1 || read[0] === '-')) complaints.take(followsNothing())
  return live ?? (read.length > 0 ? { kind: 'file', files: read, follow } : { kind: 'demo' })
}

/** What happens now cannot be had faster. */
function refuseReplayFlags({ speed }: RunFlags, complaints: Complaints): void {
  if (speed === undefined) return
  complaints.add(
    'OPTION_INVALID',
    '--speed is for the replay of a file, and a mirror port is listened to',
    'Leave --speed out.',
  )
}

/** `liveSource` says it of --capture. */
function refuseWithoutPort(flags: RunFlags, complaints: Complaints): void {
  for (const name of ['filter', 'snaplen', 'buffer'] as const) {
    if (flags[name] === undefined) continue
    complaints.add(
      'OPTION_INVALID',
      `--${name} is for a mirror port, and none was named`,
      'Name it: --interface eth1.',
    )
  }
}

/** A file holds what it holds. */
function refuseLiveFlags(flags: RunFlags, complaints: Complaints): void {
  for (const name of ['capture', 'filter', 'snaplen', 'buffer'] as const) {
    if (flags[name] === undefined) continue
    complaints.add(
      'OPTION_INVALID',
      `--${name} is for a mirror port, and a file was named`,
      name === 'filter'
        ? 'Cut the file first: tcpdump -r FILE -w out.pcap FILTER'
        : `Leave --${name} out.`,
    )
  }
}

export function followsNothing(): CommandError {
  return new CommandError(
    'FOLLOW_NO_FILE',
    '--follow needs one capture file that grows',
    'Name it; a pipe is read as it comes, without --follow.',
  )
}

function speedOf(text: string | undefined, complaints: Complaints): number | undefined {
  if (text === undefined) return undefined
  if (text === 'max') return Number.POSITIVE_INFINITY
  return numberOf(text, '--speed', [0.01, 1e6], complaints, false)
}

function wholeOf(
  text: string | undefined,
  flag: string,
  range: readonly [low: number, high: number],
  complaints: Complaints,
): number | undefined {
  return text === undefined ? undefined : numberOf(text, flag, range, complaints, true)
}

function numberOf(
  text: string,
  flag: string,
  [low, high]: readonly [low: number, high: number],
  complaints: Complaints,
  isWhole: boolean,
): number | undefined {
  const number = Number(text)
  const isNumber = text.trim() !== '' && (!isWhole || Number.isInteger(number))
  if (isNumber && number >= low && number <= high) return number
  complaints.add(
    'OPTION_INVALID',
    `${flag} ${text} is not a ${isWhole ? 'whole number' : 'number'} from ${low} to ${high}`,
    `Give one, or leave ${flag} out.`,
  )
  return undefined
}

function systemTimeZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone === '' ? 'UTC' : zone
}
