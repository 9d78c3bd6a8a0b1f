/** Looks at everything that can be wrong between here and a cluster, all of it at once. */
import { isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Client } from './client.ts'
import { call, connect, storeErrorOf } from './client.ts'
import { backingIndices, plainIndices } from './lifecycle.ts'
import type { Types } from './mapping.ts'
import type { AliasKind, Names } from './names.ts'
import { aliasKinds, namesOf } from './names.ts'
import type { ElasticOptions } from './options.ts'
import type { Identity } from './probe.ts'
import { identify, probe } from './probe.ts'
import { readCertificates } from './secrets.ts'
import { currentMapping, differences, found, indicesOf, installed, mappingOf } from './setup.ts'
import { TEMPLATES_VERSION, templates } from './templates.ts'
import { rightsCheck } from './rights.ts'
import { repeats } from './repeats.ts'

export interface Check {
  ok: boolean
  /** A clause: what was found. */
  what: string
  /** What to do; of a check that failed. */
  remedy?: string
}

export interface DoctorOptions {
  elastic: ElasticOptions
  malcolm: boolean
}

const SETUP = 'Run fieldtap elastic setup: nothing is lost.'
/** Acts of people are ordered by the clocks of consoles: further apart is another order. */
const CLOCK_MS_MAX = 60_000
const CERTIFICATE_DAYS_MIN = 14
/** From here on servers stop giving shards to a node, and soon after stop writing. */
const DISK_PERCENT_MAX = 85

/** Of a cluster that is away, that alone. */
export async function doctor(options: DoctorOptions): Promise<Check[]> {
  const { elastic } = options
  const reached = await Promise.all(elastic.url.map((url) => reach({ ...elastic, url: [url] })))
  const checks = reached.flatMap((one) => one.checks)
  if (!reached.some(({ isThere }) => isThere)) return checks
  const client = connect(elastic)
  try {
    const one = await patientOf(client, namesOf(elastic.namespace))
    const parts = [clock, rights, installedTemplates, aliases, streams, blocks, health, disk, twice]
    for (const part of parts) checks.push(...(await attempt(() => part(one, options))))
    return checks
  } catch (error) {
    return [...checks, failed(error)]
  } finally {
    await client.close()
  }
}

interface Patient {
  client: Client
  names: Names
  distribution: Identity['distribution']
  types: Types
  /** Whether this key may ask what the templates would make of a new index. */
  maySimulate: boolean
}

/** A key that only ships may ask for no types: setup has written down what it found. */
async function patientOf(client: Client, names: Names): Promise<Patient> {
  try {
    const types = await probe(client)
    return { client, names, types, distribution: types.distribution, maySimulate: true }
  } catch (error) {
    const failure = storeErrorOf(error)
    const name = 'ot-ecs-mappings'
    const known = await installed(client, { kind: 'component', name })
    if (failure.code !== 'STORE_REFUSED' || known?.types === undefined) throw failure
    const { distribution } = await identify(client)
    return { client, names, types: known.types, distribution, maySimulate: false }
  }
}

/** A check that cannot be made has failed, and the others are made all the same. */
async function attempt(check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check()
  } catch (error) {
    return [failed(error)]
  }
}

function failed(error: unknown): Check {
  const { message, remedy } = storeErrorOf(error)
  return { ok: false, what: message, remedy }
}

function result(ok: boolean, what: string, remedy: string): Check {
  return ok ? { ok, what } : { ok, what, remedy }
}

async function reach(options: ElasticOptions): Promise<{ isThere: boolean; checks: Check[] }> {
  const url = options.url[0] ?? ''
  let client: Client | undefined
  try {
    client = connect(options)
    const { distribution, version } = await identify(client)
    const check = { ok: true, what: `${url} answers, ${distribution} ${version}` }
    return { isThere: true, checks: [check, ...(await attempt(() => certificate(options)))] }
  } catch (error) {
    const { message, remedy } = storeErrorOf(error)
    return { isThere: false, checks: [{ ok: false, what: `${url}: ${message}`, remedy }] }
  } finally {
    await client?.close()
  }
}

async function certificate({ url, caFile, requestMs }: ElasticOptions): Promise<Check[]> {
  const { protocol, hostname, port } = new URL(url[0] ?? '')
  if (protocol !== 'https:') return []
  const until = await new Promise<string>((done, refuse) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connectTls({
      host,
      port: Number(port === '' ? 443 : port),
      // Of an address there is no name to ask for.
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: true,
      timeout: requestMs,
      ...(caFile === undefined ? {} : { ca: readCertificates(caFile) }),
    })
    socket.once('secureConnect', () => {
      done(socket.getPeerCertificate().valid_to)
      socket.destroy()
    })
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')))
    socket.once('error', refuse)
  })
  const days = (Date.parse(until) - Date.now()) / 86_400_000
  const what = `its certificate is good until ${new Date(until).toISOString().slice(0, 10)}`
  return [result(days > CERTIFICATE_DAYS_MIN, what, 'Renew it before that day: then nothing goes.')]
}

async function clock({ client }: Patient): Promise<Check[]> {
  const before = Date.now()
  const path = '/_nodes/stats/process?filter_path=nodes.*.timestamp'
  const answer = (await call(client, 'GET', path)) as { nodes?: Record<string, unknown> } | null
  const between = (before + Date.now()) / 2
  const times = Object.values(answer?.nodes ?? {}).map((node) =>
    Number((node as { timestamp?: unknown } | null)?.timestamp),
  )
  const apart = Math.max(0, ...times.filter(Number.isFinite).map((ms) => Math.abs(ms - between)))
  const what = `clocks are ${(apart / 1000).toFixed(1)} s apart`
  const remedy = 'Set both by NTP: what people do is ordered by the clocks of consoles.'
  return [result(apart <= CLOCK_MS_MAX, what, remedy)]
}

async function rights({ client, names, types, distribution }: Patient): Promise<Check[]> {
  return [await rightsCheck(client, names, { ...types, distribution })]
}

async function installedTemplates(
  { client, names, types }: Patient,
  { malcolm }: DoctorOptions,
): Promise<Check[]> {
  const wrong: string[] = []
  const all = templates({ types, names, malcolm })
  for (const template of all) {
    const known = await installed(client, template)
    const { name, body } = template
    if (known === undefined) wrong.push(`${name} is missing`)
    else if (known.version !== TEMPLATES_VERSION) {
      wrong.push(`${name} is of version ${known.version}, this fieldtap has ${TEMPLATES_VERSION}`)
    } else if (known.sha256 !== body._meta['sha256']) wrong.push(`${name} is another one`)
  }
  const what = `${all.length} templates of version ${TEMPLATES_VERSION}`
  return [result(wrong.length === 0, wrong.length === 0 ? what : wrong.join('; '), SETUP)]
}

/** By what the server would make of them, whoever's templates these are. */
async function fits(
  { client, names, types, maySimulate }: Patient,
  name: string,
  index: string,
): Promise<Check[]> {
  const isStream = name.startsWith('logs-')
  const own = wantedMapping(types, names, isStream ? 'logs' : name)
  const above = maySimulate ? differences(own, await mappingOf(client, name)) : []
  if (above.length > 0) {
    const what = `a new index of ${name} would not be as it must: ${some(above)}`
    return [result(false, what, 'Look for a template of a priority above 501 that matches it.')]
  }
  const now = differences(own, await currentMapping(client, index))
  return now.length === 0 ? [] : [result(false, `${index}: ${some(now)}`, SETUP)]
}

/** The parts of our own templates, put together. */
function wantedMapping(types: Types, names: Names, name: string): unknown {
  const all = templates({ types, names, malcolm: false })
  const own = all.filter(
    (template) =>
      template.kind === 'component' || (name === 'logs' && template.name.startsWith('logs-')),
  )
  const parts = own.map(({ body }) => body.template.mappings?.['properties'] ?? {})
  return { properties: Object.assign({}, ...parts) as unknown }
}

const SHOWN_MAX = 3

function some(all: readonly string[]): string {
  const more = all.length - SHOWN_MAX
  return `${all.slice(0, SHOWN_MAX).join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}

async function aliases(patient: Patient): Promise<Check[]> {
  const { client, names } = patient
  const checks: Check[] = []
  for (const kind of aliasKinds) {
    const alias = names.alias[kind]
    const behind = await indicesOf(client, alias)
    const [write, ...others] = behind.filter(({ isWriteIndex }) => isWriteIndex)
    if (write === undefined || others.length > 0) {
      const count = behind.length === 0 ? 'nothing' : `${behind.length} indices`
      const what = `alias ${alias} stands for ${count}, and one is to be written to`
      checks.push(result(false, what, SETUP))
      continue
    }
    checks.push(...(await fits(patient, alias, write.index)))
  }
  if (checks.length > 0) return checks
  return [{ ok: true, what: `${aliasKinds.length} aliases, each with one index to write to` }]
}

async function streams(patient: Patient): Promise<Check[]> {
  const all = await backingIndices(patient.client, patient.names)
  const checks: Check[] = (await plainIndices(patient.client, patient.names)).map((index) => ({
    ok: false,
    what: `${index} is an index, and is to be a data stream`,
    remedy: 'Something wrote to it before it was set up: move what is in it away, and delete it.',
  }))
  for (const [stream, indices] of all) {
    const last = indices.at(-1)
    if (last !== undefined) checks.push(...(await fits(patient, stream, last.index)))
  }
  return checks.length > 0 ? checks : [{ ok: true, what: `${all.size} streams of observations` }]
}

const blockNames = ['read_only', 'read_only_allow_delete', 'write', 'read', 'metadata'] as const

async function blocks({ client, names }: Patient): Promise<Check[]> {
  const all = [...Object.values(names.alias), names.observations].join(',')
  const path = `/${all}/_settings/index.blocks.*?expand_wildcards=all&ignore_unavailable=true`
  const answer = ((await found(call(client, 'GET', path))) ?? {}) as Record<string, unknown>
  const blocked = Object.entries(answer).flatMap(([index, about]) => {
    const settings = (about as { settings?: { index?: { blocks?: Record<string, unknown> } } })
      ?.settings?.index?.blocks
    const set = blockNames.filter((name) => String(settings?.[name]) === 'true')
    return set.length === 0 ? [] : [`${index} (${set.join(', ')})`]
  })
  const what = blocked.length === 0 ? 'no index is read-only' : `read-only: ${some(blocked)}`
  const remedy =
    'Where the disk is full, make room: the server takes it back by itself. Else take the block ' +
    'out of the settings of the index.'
  return [result(blocked.length === 0, what, remedy)]
}

async function health({ client }: Patient): Promise<Check[]> {
  const answer = (await call(client, 'GET', '/_cluster/health')) as { status?: unknown } | null
  const status = String(answer?.status)
  const remedy = 'A shard is on no node: ask the cluster why by _cluster/allocation/explain.'
  return [result(['green', 'yellow'].includes(status), `the cluster is ${status}`, remedy)]
}

async function disk({ client }: Patient): Promise<Check[]> {
  const path = '/_cat/allocation?format=json&h=node,disk.percent'
  const rows = ((await call(client, 'GET', path)) ?? []) as Record<string, unknown>[]
  const used = rows.map((row) => Number(row['disk.percent'])).filter(Number.isFinite)
  if (used.length === 0) return []
  const most = Math.max(...used)
  const remedy = 'Give it more disk, or set a smaller elasticsearch.retention_days.'
  return [result(most < DISK_PERCENT_MAX, `disk ${most} % full`, remedy)]
}

/** An id is unique in one index: after a rollover it could be there again. */
const once: readonly AliasKind[] = ['findings', 'assets', 'audit']

async function twice({ client, names }: Patient): Promise<Check[]> {
  const counts: string[] = []
  const wrong: string[] = []
  for (const kind of once) {
    const { documents, repeated } = await repeats(client, names.alias[kind])
    counts.push(`${kind} ${documents}`)
    if (repeated.length > 0) wrong.push(`${names.alias[kind]}: ${some(repeated)}`)
  }
  const what =
    wrong.length === 0 ? `no document twice (${counts.join(', ')})` : `twice: ${wrong.join('; ')}`
  const remedy = 'Delete the one in the newer index, which is the older state; then tell us.'
  return [result(wrong.length === 0, what, remedy)]
}
