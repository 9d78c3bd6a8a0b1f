import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fields, storedFields } from '../../sigma/fields.ts'
import { aliases } from './malcolm.ts'
import type { Types } from './mapping.ts'
import { leaves, properties } from './mapping.ts'
import { namesOf } from './names.ts'
import type { Template } from './templates.ts'
import { PRIORITY, printed, templates, typesOf } from './templates.ts'

const folder = join(import.meta.dirname, '../../../deploy/elasticsearch')
const names = namesOf('default')

/** What a server of its maker has, what the smallest builds have, and OpenSearch. */
const servers: Readonly<Record<string, Types>> = {
  elasticsearch: {
    constantKeyword: true,
    indexMode: true,
    lifecycle: 'ilm',
  },
  'elasticsearch-basic': {
    constantKeyword: false,
    indexMode: true,
    lifecycle: undefined,
  },
  opensearch: {
    constantKeyword: false,
    indexMode: false,
    lifecycle: 'ism',
  },
  least: {
    constantKeyword: false,
    indexMode: false,
    lifecycle: undefined,
  },
}

function bodyOf(all: readonly Template[], name: string): Template['body'] {
  const found = all.find((template) => template.name === name)
  if (found === undefined) throw new Error(`no template ${name}`)
  return found.body
}

describe.each(Object.entries(servers))('for %s', (server, types) => {
  const all = templates({ types, names, malcolm: true })

  test('every field is mapped once, and nothing else', () => {
    const components = all.filter(({ kind }) => kind === 'component')
    const stream = bodyOf(all, 'logs-ot-default').template.mappings?.['properties']
    const mapped = [
      ...components.map(({ body }) => body.template.mappings?.['properties']),
      stream,
    ].flatMap((found) => [...leaves(found)])
    const own = mapped.filter(([, type]) => type !== 'alias').map(([name]) => name)
    expect(own.toSorted()).toEqual([...fields.keys(), ...storedFields.keys()].toSorted())
  })

  test('no type is named that the server has not', () => {
    const text = JSON.stringify(all.map(({ body }) => body.template))
    expect(text.includes('"constant_keyword"')).toBe(types.constantKeyword)
  })

  test('they say what the server had, for a key that may not ask', () => {
    expect(all.map(({ body }) => typesOf(body._meta['types']))).toEqual(all.map(() => types))
  })

  test('they are the files in deploy/elasticsearch', async () => {
    const file = join(folder, `${server}.json`)
    const text = printed(templates({ types, names, malcolm: false }))
    await expect(text).toMatchFileSnapshot(file)
  })
})

const basic = { types: servers['least'] as Types, names, malcolm: false }

test('index templates stand above those of any server, and each namespace has its own', () => {
  const index = templates(basic).filter(({ kind }) => kind === 'index')
  expect(index.map(({ name }) => name)).toEqual([
    'logs-ot-default',
    'ot-findings-default',
    'ot-assets-default',
    'ot-audit-default',
    'ot-conversations-default',
    'ot-sensors-default',
  ])
  expect(index.every(({ body }) => body.priority === PRIORITY && PRIORITY > 500)).toBe(true)
  const patterns = index.flatMap(({ body }) => body.index_patterns ?? [])
  expect(patterns.every((pattern) => pattern.includes('-default'))).toBe(true)
})

test('every field that only a cluster has is one that we write', () => {
  const source = readFileSync(join(import.meta.dirname, 'documents.ts'), 'utf8')
  const named = (name: string): boolean => source.includes(`'${name}'`)
  // Both ends are written by one function.
  const byEnd = (name: string): boolean =>
    named(name) || source.includes(name.replace(/\b(source|destination)\b/, '${side}'))
  expect([...storedFields.keys()].filter((name) => !byEnd(name))).toEqual([])
})

test('nothing makes fields of what documents say', () => {
  const mappings = templates(basic).map(({ body }) => body.template.mappings?.['dynamic'])
  expect([...new Set(mappings)]).toEqual([undefined, false])
})

test('the time of a stream has no parameter: a server takes none', () => {
  expect(properties(['@timestamp'], basic.types)).toEqual({ '@timestamp': { type: 'date' } })
})

test('an odd value of a wire refuses no document', () => {
  const strict = [...fields].flatMap(([name, { type }]) => {
    if (name === '@timestamp' || type === 'keyword' || type === 'boolean') return []
    const mapping = JSON.stringify(properties([name], basic.types))
    return mapping.includes('"ignore_malformed":true') ? [] : [name]
  })
  expect(strict).toEqual([])
})

test('what is read back is of any length, and costs no index', () => {
  expect(properties(['ot.body'], basic.types)).toEqual({
    ot: { properties: { body: { type: 'keyword', index: false, doc_values: false } } },
  })
})

test('no newer server takes our streams for logs, whose documents it would make anew', () => {
  const modeOf = (types: Types | undefined): unknown => {
    const all = templates({ ...basic, types: types ?? basic.types })
    return bodyOf(all, 'logs-ot-default').template.settings?.['index']
  }
  expect(modeOf(servers['elasticsearch'])).toMatchObject({ mode: 'standard' })
  expect(modeOf(servers['opensearch'])).not.toHaveProperty('mode')
})

test('a template tells by its hash whether it is the one of this version', () => {
  const hashes = (more: Partial<typeof basic>): unknown[] =>
    templates({ ...basic, ...more }).map(({ body }) => body._meta['sha256'])
  expect(hashes({})).toEqual(hashes({}))
  const other = hashes({ types: servers['opensearch'] as Types })
  expect(other.filter((one, i) => one !== hashes({})[i]).length).toBeGreaterThan(0)
})

test("Malcolm's names stand for fields that there are, each once", () => {
  expect(aliases.filter(([, path]) => !fields.has(path))).toEqual([])
  const theirs = aliases.map(([name]) => name)
  expect(theirs.length).toBe(new Set(theirs).size)
  const parents = theirs.flatMap((name) => name.split('.').slice(0, -1).join('.'))
  expect(theirs.filter((name) => parents.includes(name))).toEqual([])
})

test.each([
  ['elasticsearch', 'lifecycle', { name: 'fieldtap-findings-default' }],
  ['opensearch', 'plugins', { index_state_management: { rollover_alias: 'ot-findings-default' } }],
])('in %s the lifecycle of the server is named in the settings', (server, key, expected) => {
  const all = templates({ ...basic, types: servers[server] as Types })
  const settingsOf = (name: string): unknown => bodyOf(all, name).template.settings?.['index']
  expect(settingsOf('ot-findings-default')).toMatchObject({ [key]: expected })
  expect(settingsOf('ot-sensors-default')).not.toHaveProperty(key)
})
