/**
 * Puts everything in place that fieldtap needs in a cluster; again and again, with the same end.
 * Nothing that is stored is changed: an index that a new mapping does not fit is followed by a new
 * one.
 */
import { StoreError } from '../store.ts'
import type { Client } from './client.ts'
import { call, statusOf, storeErrorOf } from './client.ts'
import type { Retention } from './lifecycle.ts'
import { backingIndices, policies, putPolicy } from './lifecycle.ts'
import type { Types } from './mapping.ts'
import { leaves } from './mapping.ts'
import type { AliasKind, Names } from './names.ts'
import { aliasKinds, firstIndex, namesOf } from './names.ts'
import type { Server } from './probe.ts'
import { probe } from './probe.ts'
import type { Template } from './templates.ts'
import { TEMPLATES_VERSION, pathOf, templates, typesOf } from './templates.ts'

export interface SetupOptions {
  namespace: string
  malcolm: boolean
  retention: Retention
}

/** `kept`: it was in place. */
export interface Step {
  what: 'policy' | 'component template' | 'index template' | 'alias' | 'mapping'
  name: string
  done: 'made' | 'renewed' | 'kept' | 'rolled over'
}

export interface Installed {
  server: Server
  steps: Step[]
}

export async function setup(client: Client, options: SetupOptions): Promise<Installed> {
  try {
    const server = await probe(client)
    const names = namesOf(options.namespace)
    const steps: Step[] = []
    for (const policy of policies(server, names, options.retention)) {
      await putPolicy(client, policy)
      steps.push({ what: 'policy', name: policy.name, done: 'renewed' })
    }
    for (const template of templates({ types: server, names, malcolm: options.malcolm })) {
      steps.push(await install(client, template))
    }
    for (const kind of aliasKinds) steps.push(await makeAlias(client, names, kind))
    for (const target of await targets(client, names)) steps.push(await fit(client, target))
    return { server, steps }
  } catch (error) {
    throw storeErrorOf(error)
  }
}

async function install(client: Client, template: Template): Promise<Step> {
  const { kind, name, body } = template
  const what = kind === 'component' ? 'component template' : 'index template'
  const known = await installed(client, template)
  if (known !== undefined && known.version > TEMPLATES_VERSION) {
    throw new StoreError(
      'STORE_NEWER',
      `the ${what} ${name} is of version ${known.version}, this fieldtap has ${TEMPLATES_VERSION}`,
      'Use the newer fieldtap everywhere: an older one must not take its fields away.',
    )
  }
  if (known?.sha256 === body._meta['sha256']) return { what, name, done: 'kept' }
  await call(client, 'PUT', pathOf(template), { ...body })
  return { what, name, done: known === undefined ? 'made' : 'renewed' }
}

interface Known {
  version: number
  sha256: unknown
  types: Types | undefined
}

/** What is there under that name, by what our own templates say of themselves. */
export async function installed(
  client: Client,
  template: Pick<Template, 'kind' | 'name'>,
): Promise<Known | undefined> {
  const answer = await found(call(client, 'GET', pathOf(template)))
  const listed = answer as
    | Record<'component_templates' | 'index_templates', Record<string, unknown>[] | undefined>
    | undefined
  const list = listed?.component_templates ?? listed?.index_templates ?? []
  const one = (list[0]?.['component_template'] ?? list[0]?.['index_template']) as
    | { version?: unknown; _meta?: { sha256?: unknown; types?: unknown } }
    | undefined
  if (one === undefined) return undefined
  const version = typeof one.version === 'number' ? one.version : 0
  return { version, sha256: one._meta?.sha256, types: typesOf(one._meta?.types) }
}

/** Undefined where it is not there. */
export async function found(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw storeErrorOf(error)
  }
}

async function makeAlias(client: Client, names: Names, kind: AliasKind): Promise<Step> {
  const alias = names.alias[kind]
  const step = { what: 'alias' as const, name: alias }
  const known = await indicesOf(client, alias)
  if (known.some(({ index }) => index === alias)) {
    throw new StoreError(
      'ELASTIC_NAME_TAKEN',
      `${alias} is an index, and is to be an alias`,
      'Something wrote to it before it was set up: move what is in it away, and delete it.',
    )
  }
  if (known.length > 0) return { ...step, done: 'kept' }
  const aliases = { [alias]: { is_write_index: true } }
  await call(client, 'PUT', `/${firstIndex(alias)}`, { aliases })
  return { ...step, done: 'made' }
}

export interface Behind {
  index: string
  isWriteIndex: boolean
}

/** Behind an alias, or the index of that name itself; none where there is neither. */
export async function indicesOf(client: Client, alias: string): Promise<Behind[]> {
  const answer = await found(call(client, 'GET', `/${alias}/_alias`))
  return Object.entries((answer ?? {}) as Record<string, unknown>).map(([index, about]) => {
    const all = (about as { aliases?: Record<string, { is_write_index?: unknown }> })?.aliases
    return { index, isWriteIndex: all?.[alias]?.is_write_index === true }
  })
}

/** What is written to, and the index that it goes to now. */
interface Target {
  name: string
  index: string
}

async function targets(client: Client, names: Names): Promise<Target[]> {
  const all: Target[] = []
  for (const kind of aliasKinds) {
    const name = names.alias[kind]
    const write = (await indicesOf(client, name)).find(({ isWriteIndex }) => isWriteIndex)
    if (write !== undefined) all.push({ name, index: write.index })
  }
  for (const [name, indices] of await backingIndices(client, names)) {
    const last = indices.at(-1)
    if (last !== undefined) all.push({ name, index: last.index })
  }
  return all
}

/** Adds the fields that are new; where that cannot be, a new index begins. */
async function fit(client: Client, { name, index }: Target): Promise<Step> {
  const step = { what: 'mapping' as const, name }
  const wanted = await mappingOf(client, name)
  const missing = differences(wanted, await currentMapping(client, index))
  if (missing.length === 0) return { ...step, done: 'kept' }
  const { properties } = wanted as { properties?: Record<string, unknown> }
  try {
    await call(client, 'PUT', `/${index}/_mapping`, { properties })
    return { ...step, done: 'renewed' }
  } catch (error) {
    if (statusOf(error) !== 400) throw error
    await call(client, 'POST', `/${name}/_rollover`)
    return { ...step, done: 'rolled over' }
  }
}

/** What the templates would make of a new index: ours, or whatever stands above them. */
export async function mappingOf(client: Client, name: string): Promise<unknown> {
  // A name that is none yet: of one that is there a server says that it is there.
  const stream = name.replace(/-[^-]*$/, (namespace) => `.new${namespace}`)
  const sample = name.startsWith('logs-') ? stream : `${name}-999999`
  const path = `/_index_template/_simulate_index/${sample}`
  const answer = (await call(client, 'POST', path)) as { template?: { mappings?: unknown } } | null
  return answer?.template?.mappings
}

export async function currentMapping(client: Client, index: string): Promise<unknown> {
  const answer = (await call(client, 'GET', `/${index}/_mapping`)) as Record<string, unknown> | null
  const [first] = Object.values(answer ?? {})
  return (first as { mappings?: unknown } | undefined)?.mappings
}

/** Fields of `wanted` that are not in `present`, or of another type. */
export function differences(wanted: unknown, present: unknown): string[] {
  const leavesOf = (mapping: unknown): Map<string, string> =>
    leaves((mapping as { properties?: unknown } | undefined)?.properties)
  const there = leavesOf(present)
  return [...leavesOf(wanted)].flatMap(([name, type]) => {
    const other = there.get(name)
    if (other === type) return []
    return [other === undefined ? `${name} is missing` : `${name} is ${other} and not ${type}`]
  })
}
