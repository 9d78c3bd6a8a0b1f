/**
 * `fieldtap.yaml`: one file configures what the command line does not say. Its JSON Schema is
 * published by `fieldtap check-config --schema`; every error is told at once with its place.
 */
import { readFileSync } from 'node:fs'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { ways } from '#sensor'
import type { InputError, YamlNode } from '#analyzer'
import { checkInput, parseYaml, plain, yamlEntry } from '#analyzer'
import { ElasticConfig, elasticErrors } from './elastic-config.ts'
import { reasonOf } from './system-error.ts'
import { interfaceProblems, listOf, wordsProblem } from './live-source.ts'

const closed = { additionalProperties: false }
const paths = Type.Union([Type.String(), Type.Array(Type.String())])

/** As 512MiB or 20GiB. */
const SIZE_PATTERN = '^[1-9][0-9]{0,6}(MiB|GiB)$'

export const Config = Type.Object(
  {
    sensor: Type.Optional(
      Type.Object(
        {
          id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' })),
          workers: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 32,
              description: 'Threads that share the packets; default 1.',
            }),
          ),
        },
        { ...closed, description: 'Who this sensor is: its id is part of every finding.' },
      ),
    ),
    site: Type.Optional(
      Type.String({ description: 'The plant; assets of two sites never mix.', maxLength: 64 }),
    ),
    timezone: Type.Optional(
      Type.String({ description: 'IANA name in which times are shown, as Europe/Vienna.' }),
    ),
    capture: Type.Optional(
      Type.Object(
        {
          interface: Type.Optional(
            Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1, maxItems: 16 })], {
              description: 'The mirror port, as eth1, or several of them.',
            }),
          ),
          command: Type.Optional(
            Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
              description: 'Captures instead, and writes pcap: ssh tap tcpdump -U -w -',
            }),
          ),
          way: Type.Optional(
            Type.Union(
              ways.map((way) => Type.Literal(way)),
              { description: 'How: the ring of the kernel where it can be had, else tcpdump.' },
            ),
          ),
          buffer: Type.Optional(
            Type.Integer({
              minimum: 1024,
              maximum: 1048576,
              description: 'KiB that wait for the sensor, per interface; default 65536.',
            }),
          ),
          filter: Type.Optional(Type.String({ description: 'A tcpdump filter expression.' })),
          snaplen: Type.Optional(Type.Integer({ minimum: 64, maximum: 262144 })),
          file: Type.Optional(
            Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], {
              description: 'A capture to replay instead, or several in the order of time.',
            }),
          ),
          speed: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100000 })),
        },
        closed,
      ),
    ),
    policy: Type.Optional(Type.String({ description: 'Zones and conduits: a zones/v1 file.' })),
    baseline: Type.Optional(Type.String({ description: 'What was learned: a baseline file.' })),
    rules: Type.Optional(paths),
    learning: Type.Optional(
      Type.Object(
        {
          days: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 365,
              description: 'Learning ends after so many days of capture time; default 7.',
            }),
          ),
        },
        closed,
      ),
    ),
    store: Type.Optional(
      Type.Object(
        {
          data: Type.Optional(Type.String({ description: 'Directory of the store.' })),
          quota: Type.Optional(
            Type.String({
              pattern: SIZE_PATTERN,
              description: 'All that it takes, as 20GiB; default a tenth of the disk, 2 to 50 GiB.',
            }),
          ),
          reserve: Type.Optional(
            Type.String({
              pattern: SIZE_PATTERN,
              description: 'Kept free for findings when the disk is full; default 64MiB.',
            }),
          ),
        },
        closed,
      ),
    ),
    elasticsearch: Type.Optional(ElasticConfig),
    retention: Type.Optional(
      Type.Object(
        {
          days: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 3650,
              description: 'Days that observations are kept, by when they came; default 90.',
            }),
          ),
          findings_days: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 36500,
              description: 'Days that closed findings are kept; default 400. Open ones stay.',
            }),
          ),
          operations: Type.Optional(
            Type.Integer({
              minimum: 1000,
              description: 'Observations kept at most; default 5 million.',
            }),
          ),
        },
        closed,
      ),
    ),
    console: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(Type.String({ description: 'A loopback address; no other yet.' })),
          port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535 })),
        },
        closed,
      ),
    ),
  },
  { ...closed, $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'fieldtap.yaml' },
)
export type Config = Static<typeof Config>

export interface ReadConfig {
  config: Config
  errors: InputError[]
  /** As written: for the places of what it names. */
  node?: YamlNode
}

export const CONFIG_FILE = 'fieldtap.yaml'

/** Reads and checks a configuration file; one that cannot be read is an error like any other. */
export function readConfig(file: string): ReadConfig {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const message = `the configuration cannot be read: ${reasonOf(error)}`
    const remedy = 'Name a file that is there and may be read.'
    return {
      config: {},
      errors: [{ file, line: 1, column: 1, code: 'CONFIG_UNREADABLE', message, remedy }],
    }
  }
  return parseConfig(text, file)
}

/** What the schema refuses is left out of `config`; the rest of it is checked all the same. */
export function parseConfig(text: string, file: string): ReadConfig {
  const { node, errors } = parseYaml(text, file)
  if (node === undefined) return { config: {}, errors }
  // What cannot be read at one place is no reason to keep silent on the others.
  const isTold = ({ line, column }: InputError): boolean =>
    errors.some((error) => error.line === line && error.column === column)
  const found = [...errors, ...checkInput(node, Config, file).filter((error) => !isTold(error))]
  const written = (plain(node) ?? {}) as Record<string, unknown>
  const config = validPart(Config, written) as Config
  const all = [...found, ...semanticErrors(config, node, file)]
  return { config, errors: all.sort((a, b) => a.line - b.line || a.column - b.column), node }
}

/** Of an object, and of those in it, the keys whose values the schema allows. */
function validPart(schema: TSchema, value: unknown): unknown {
  if (Value.Check(schema, value)) return value
  if (!('properties' in schema) || typeof value !== 'object' || value === null) return undefined
  const properties = schema.properties as Record<string, TSchema>
  const parts = Object.entries(value).flatMap(([key, inner]) => {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    const part = property === undefined ? undefined : validPart(property, inner)
    return part === undefined ? [] : [[key, part] as const]
  })
  return Object.fromEntries(parts)
}

/** Where a value stands, by the keys that lead to it. */
export function placeOf(
  node: YamlNode | undefined,
  ...keys: string[]
): { line: number; column: number } {
  let at = node
  for (const key of keys) at = yamlEntry(at, key)?.value ?? at
  return at?.at ?? { line: 1, column: 1 }
}

/** A file holds what it holds, and a command is told its own. */
const liveOnly = ['way', 'filter', 'snaplen', 'buffer'] as const

function semanticErrors(config: Config, node: YamlNode, file: string): InputError[] {
  const errors: InputError[] = []
  const complain = (keys: string[], code: string, message: string, remedy: string): void => {
    errors.push({ file, ...placeOf(node, ...keys), code, message, remedy })
  }
  if (config.timezone !== undefined && !isTimeZone(config.timezone)) {
    complain(
      ['timezone'],
      'TIMEZONE_UNKNOWN',
      `timezone ${config.timezone} is not known`,
      'Use an IANA name such as Europe/Vienna or UTC.',
    )
  }
  if (config.elasticsearch !== undefined) {
    const part = yamlEntry(node, 'elasticsearch')?.value
    errors.push(...elasticErrors(config.elasticsearch, part, file))
  }
  const { quota, reserve } = config.store ?? {}
  const least = QUOTA_RESERVES_MIN * sizeOf(reserve ?? RESERVE_DEFAULT)
  if (quota !== undefined && sizeOf(quota) < least) {
    complain(
      ['store', 'quota'],
      'QUOTA_BELOW_RESERVE',
      `store.quota ${quota} leaves no room beside the reserve of ${reserve ?? RESERVE_DEFAULT}`,
      `Give it at least ${least / MIB}MiB, or name a smaller store.reserve.`,
    )
  }
  const host = config.console?.host
  if (host !== undefined && !isLoopback(host)) {
    complain(
      ['console', 'host'],
      'CONSOLE_NOT_LOOPBACK',
      `console.host ${host} is not a loopback address`,
      'Use 127.0.0.1: until there are accounts the console listens on this machine only.',
    )
  }
  const { capture = {} } = config
  const sources = (['interface', 'command', 'file'] as const).filter((key) => key in capture)
  if (sources.length > 1) {
    const message = `capture names more than one source: ${sources.join(', ')}`
    complain(['capture', sources.at(-1) ?? ''], 'CAPTURE_TWICE', message, 'Keep one of them.')
  }
  for (const problem of interfaceProblems(listOf(capture.interface), capture.way)) {
    complain(['capture', 'interface'], 'INTERFACE_INVALID', ...problem)
  }
  for (const key of liveOnly) {
    if (capture.file === undefined || capture[key] === undefined) continue
    const message = `capture.${key} is for a mirror port, and capture.file is replayed`
    complain(['capture', key], 'OPTION_INVALID', message, 'Take one of them out.')
  }
  const line = typeof capture.command === 'string' ? wordsProblem(capture.command) : undefined
  if (line !== undefined) {
    complain(['capture', 'command'], 'COMMAND_INVALID', `command ${line[0]}`, line[1])
  }
  for (const key of liveOnly) {
    if (capture.command === undefined || capture[key] === undefined) continue
    const message = `capture.${key} is not passed on to capture.command`
    complain(['capture', key], 'COMMAND_INVALID', message, 'Put it into the command.')
  }
  return errors
}

const MIB = 1 << 20
export const RESERVE_DEFAULT = '64MiB'
/** The reserve is part of the quota: most of that must be left for what is stored. */
const QUOTA_RESERVES_MIN = 4

/** Bytes of a size as the schema allows it. */
export function sizeOf(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('GiB') ? 1024 * MIB : MIB)
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
