/** What a sensor runs with: the command line first, then fieldtap.yaml, then the default. */
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { ways } from '#sensor'
import type { Way } from '#sensor'
import { CommandError, InputErrors } from './command.ts'
import type { Config } from './config.ts'
import { CONFIG_FILE, isLoopback, isTimeZone, readConfig } from './config.ts'
import type { Source } from './data.ts'
import { defaultData, isLive } from './data.ts'
import { bundled } from './inputs.ts'

/** As commander gives them. */
export interface RunFlags {
  interface?: string[]
  capture?: string
  buffer?: string
  filter?: string
  snaplen?: string
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
  readonly host: string
  readonly port: number
}

const DEMO = 'pcaps/plant/'
/** Capture seconds per second in which a replay is shown. */
const SPEED_DEFAULT = 10
const PORT_DEFAULT = 8620

export function resolveOptions(file: string | undefined, flags: RunFlags): RunOptions {
  const { config, base } = findConfig(flags.config)
  const source = sourceOf(file, flags, config, base)
  const demo = source.kind === 'demo'
  const host = flags.host ?? config.console?.host ?? '127.0.0.1'
  if (!isLoopback(host)) {
    throw new CommandError(
      'CONSOLE_NOT_LOOPBACK',
      `the console does not listen on ${host}`,
      'Use 127.0.0.1: until there are accounts it is for this machine only (ssh -L 8620:…).',
    )
  }
  return {
    source,
    data: resolve(flags.data ?? below(base, config.store?.data) ?? defaultData(source)),
    sensor: config.sensor?.id ?? (isLive(source) ? hostname() : undefined),
    site: flags.site ?? config.site ?? (demo ? 'demo plant' : 'default'),
    timezone: checkedTimeZone(flags.timezone ?? config.timezone),
    policy: flags.policy ?? below(base, config.policy) ?? demoFile(demo, 'policy.yaml'),
    baseline: flags.baseline ?? below(base, config.baseline) ?? demoFile(demo, 'baseline.yaml'),
    rules: flags.rules ?? rulesOf(config).map((path) => resolve(base, path)),
    filter: flags.filter ?? config.capture?.filter,
    snaplen: numberOf(flags.snaplen, '--snaplen', 64, 262_144) ?? config.capture?.snaplen,
    bufferKiB: numberOf(flags.buffer, '--buffer', 1024, 1_048_576) ?? config.capture?.buffer,
    speed: speedOf(flags.speed) ?? config.capture?.speed ?? SPEED_DEFAULT,
    workers: workersOf(flags.workers) ?? config.sensor?.workers ?? 1,
    learningDays: config.learning?.days ?? 7,
    operationsMax: config.retention?.operations,
    host,
    port: numberOf(flags.port, '--port', 0, 65_535) ?? config.console?.port ?? PORT_DEFAULT,
  }
}

/** Threads among which one sensor shares the packets: more than cores are of no use. */
export const WORKERS_MAX = 32

function workersOf(text: string | undefined): number | undefined {
  const workers = numberOf(text, '--workers', 1, WORKERS_MAX)
  return workers === undefined ? undefined : Math.round(workers)
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
  return {
    workers: workersOf(flags.workers) ?? config.sensor?.workers ?? 1,
    policy: flags.policy ?? below(base, config.policy),
    baseline: flags.baseline ?? below(base, config.baseline),
    rules: flags.rules ?? rulesOf(config).map((path) => resolve(base, path)),
    site: flags.site ?? config.site ?? 'default',
    timezone: checkedTimeZone(flags.timezone ?? config.timezone),
  }
}

function below(base: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(base, path)
}

function rulesOf({ rules }: Config): readonly string[] {
  return listOf(rules)
}

function listOf(value: string | readonly string[] = []): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function wayOf(text: string | undefined): Way | undefined {
  const way = ways.find((name) => name === text)
  if (text === undefined || way !== undefined) return way
  throw new CommandError(
    'OPTION_INVALID',
    `--capture ${text} is no way to capture`,
    `Give one of: ${ways.join(', ')}.`,
  )
}

function checkedTimeZone(timezone = systemTimeZone()): string {
  if (isTimeZone(timezone)) return timezone
  throw new CommandError(
    'TIMEZONE_UNKNOWN',
    `the time zone ${timezone} is not known`,
    'Use an IANA name such as Europe/Vienna or UTC.',
  )
}

/** The demonstration's capture, or the one that was named. */
export function captureFile(source: Source): string | undefined {
  if (source.kind === 'demo') return bundled(`${DEMO}day.pcapng`)
  return source.kind === 'file' ? source.file : undefined
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

function sourceOf(file: string | undefined, flags: RunFlags, config: Config, base: string): Source {
  if (file !== undefined && flags.interface !== undefined) {
    throw new CommandError(
      'CAPTURE_TWICE',
      'a file and an interface were both named',
      'Name the capture file or --interface, not both.',
    )
  }
  const follow = flags.follow === true
  if (follow && (file === undefined || file === '-')) throw followsNothing()
  if (file !== undefined) return { kind: 'file', file, follow }
  const { capture } = config
  const named = flags.interface ?? listOf(capture?.interface)
  const way = wayOf(flags.capture) ?? capture?.way
  if (named.length > 0) return { kind: 'live', interfaces: [...new Set(named)], way }
  if (config.capture?.file !== undefined) {
    return { kind: 'file', file: resolve(base, config.capture.file), follow }
  }
  return { kind: 'demo' }
}

export function followsNothing(): CommandError {
  return new CommandError(
    'FOLLOW_NO_FILE',
    '--follow needs one capture file that grows',
    'Name it; a pipe is read as it comes, without --follow.',
  )
}

function speedOf(text: string | undefined): number | undefined {
  if (text === 'max') return Number.POSITIVE_INFINITY
  return numberOf(text, '--speed', 0.01, 1e6)
}

function numberOf(
  text: string | undefined,
  flag: string,
  low: number,
  high: number,
): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (text.trim() !== '' && number >= low && number <= high) return number
  throw new CommandError(
    'OPTION_INVALID',
    `${flag} ${text} is not a number from ${low} to ${high}`,
    `Give ${flag} such a number.`,
  )
}

function systemTimeZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return zone === '' ? 'UTC' : zone
}
