/**
 * The templates that `fieldtap elastic setup` installs. Parts of the mapping are components that
 * all clusters' namespaces share; each namespace has index templates of its own, because lifecycle
 * and retention are its own. `deploy/elasticsearch/` holds what this prints.
 */
import { hash } from 'node:crypto'
import { fields, storedFields } from '../../sigma/fields.ts'
import { malcolmAliases } from './malcolm.ts'
import type { Types } from './mapping.ts'
import { properties } from './mapping.ts'
import type { AliasKind, Names } from './names.ts'
import { aliasKinds, policyName, rollingKinds } from './names.ts'

/** Raised with every change of what is installed. */
export const TEMPLATES_VERSION = 1
/** Above all that comes with a server: its `logs-*-*` has 100, Fleet's go up to 500. */
export const PRIORITY = 501
/** Of 240 fields; room for those that a later version adds. */
const FIELDS_MAX = 1000

export interface Template {
  kind: 'component' | 'index'
  name: string
  body: {
    index_patterns?: string[]
    priority?: number
    composed_of?: string[]
    data_stream?: Record<string, never>
    template: { settings?: Record<string, unknown>; mappings?: Record<string, unknown> }
    version: number
    _meta: Record<string, unknown>
  }
}

export interface TemplateOptions {
  types: Types
  names: Names
  /** With alias fields of Malcolm's names. */
  malcolm: boolean
}

const protocolName = /^(modbus|opcua|mqtt|sparkplug)\./

/** In the order in which they can be installed. */
export function templates(options: TemplateOptions): Template[] {
  const { types } = options
  const shared = [...fields.keys(), ...storedFields.keys()].filter(isShared)
  const isProtocol = (name: string): boolean => protocolName.test(name)
  const parts = [
    component('ot-settings', { settings: settings() }),
    component(
      'ot-ecs-mappings',
      mapped(
        shared.filter((name) => !isProtocol(name)),
        types,
      ),
    ),
    component('ot-protocol-mappings', mapped(shared.filter(isProtocol), types)),
  ]
  const composedOf = parts.map(({ name }) => name)
  return [
    ...parts,
    streams(options, composedOf),
    ...aliasKinds.map((kind) => aliased(kind, options, composedOf)),
  ].map((template) => stamped(template, options))
}

/** `data_stream.*` are constant in a stream, and elsewhere nothing. */
function isShared(name: string): boolean {
  return !name.startsWith('data_stream.')
}

function settings(): Record<string, unknown> {
  return {
    index: {
      number_of_shards: 1,
      // One node holds all of it; with two, each does.
      auto_expand_replicas: '0-1',
      codec: 'best_compression',
      mapping: { total_fields: { limit: FIELDS_MAX } },
    },
  }
}

function mapped(names: Iterable<string>, types: Types): Template['body']['template'] {
  // What no table names is kept as it is and makes no field, so that nothing can fill the mapping.
  return { mappings: { dynamic: false, properties: properties(names, types) } }
}

function component(name: string, template: Template['body']['template']): Template {
  return { kind: 'component', name, body: { template, version: TEMPLATES_VERSION, _meta: {} } }
}

function streams({ types, names, malcolm }: TemplateOptions, composedOf: string[]): Template {
  const own = [...storedFields.keys()].filter((name) => !isShared(name))
  const policy = policyName('observations', names.namespace)
  const lifecycle = types.lifecycle === 'ilm' ? { lifecycle: { name: policy } } : {}
  // By its name alone a newer server would take it for logs, and keep no document as it came.
  const mode = types.indexMode ? { mode: 'standard' } : {}
  return index(`logs-ot-${names.namespace}`, {
    index_patterns: [names.observations],
    composed_of: composedOf,
    data_stream: {},
    template: {
      settings: { index: { refresh_interval: '5s', ...mode, ...lifecycle } },
      mappings: {
        dynamic: false,
        // An alias and what it stands for must be in one whole: no component can hold it.
        properties: { ...properties(own, types), ...(malcolm ? malcolmAliases() : {}) },
        // Made of the document when it is written: to keep it twice would be a quarter more.
        _source: { excludes: ['ot.search'] },
      },
    },
  })
}

function aliased(kind: AliasKind, options: TemplateOptions, composedOf: string[]): Template {
  const alias = options.names.alias[kind]
  return index(alias, {
    index_patterns: [`${alias}-*`],
    composed_of: composedOf,
    template: { settings: { index: { refresh_interval: '1s', ...rolled(kind, options) } } },
  })
}

/** A server that rolls an alias over must be told which: in the settings of each of its indices. */
function rolled(kind: AliasKind, { types, names }: TemplateOptions): Record<string, unknown> {
  if (!rollingKinds.includes(kind)) return {}
  const alias = names.alias[kind]
  if (types.lifecycle === 'ism') {
    return { plugins: { index_state_management: { rollover_alias: alias } } }
  }
  if (types.lifecycle === undefined) return {}
  return { lifecycle: { name: policyName(kind, names.namespace), rollover_alias: alias } }
}

type IndexPart = Omit<Template['body'], 'version' | '_meta' | 'priority'>

function index(name: string, part: IndexPart): Template {
  const body = { ...part, priority: PRIORITY, version: TEMPLATES_VERSION, _meta: {} }
  return { kind: 'index', name, body }
}

/** With the hash of its content, by which it is known whether it is the one of this version. */
function stamped(template: Template, { types, names }: TemplateOptions): Template {
  const { kind, body } = template
  const about = {
    managed_by: 'fieldtap',
    ...(kind === 'index' ? { namespace: names.namespace } : {}),
    // For a key that may not ask the server what it has.
    types: recorded(types),
  }
  const sha256 = hash('sha256', JSON.stringify([body, about]), 'hex')
  return { ...template, body: { ...body, _meta: { ...about, sha256 } } }
}

function recorded({ constantKeyword, indexMode, lifecycle }: Types) {
  return { constantKeyword, indexMode, lifecycle: lifecycle ?? '' }
}

/** Of what a server had when a template of ours was installed. */
export function typesOf(found: unknown): Types | undefined {
  if (typeof found !== 'object' || found === null) return undefined
  const { constantKeyword, indexMode, lifecycle } = found as Record<string, unknown>
  return {
    constantKeyword: constantKeyword === true,
    indexMode: indexMode === true,
    lifecycle: lifecycle === 'ilm' || lifecycle === 'ism' ? lifecycle : undefined,
  }
}

/** As requests that any tool can send: path and body of each, in order. */
export function printed(all: readonly Template[]): string {
  const requests = all.map((template) => ({ put: pathOf(template), body: template.body }))
  const text = JSON.stringify(requests, null, 2)
  // Lists of names in one line each, as the formatter has them.
  const lists = /\[\n\s+("[^"]*"(?:,\n\s+"[^"]*")*)\n\s+\]/g
  return `${text.replaceAll(lists, (_, names: string) => `[${names.replaceAll(/\n\s+/g, ' ')}]`)}\n`
}

export function pathOf({ kind, name }: Pick<Template, 'kind' | 'name'>): string {
  return kind === 'component' ? `/_component_template/${name}` : `/_index_template/${name}`
}
