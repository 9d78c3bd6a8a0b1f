import { afterAll, describe, expect, inject, test } from 'vitest'
import { call, connect } from './client.ts'
import type { Check } from './doctor.ts'
import { doctor } from './doctor.ts'
import { codeOf, failures, retention } from './examined.ts'
import { backingIndices, maintain } from './lifecycle.ts'
import { leaves } from './mapping.ts'
import { firstIndex, namesOf } from './names.ts'
import type { ElasticOptions } from './options.ts'
import { fieldsOf, panels } from './panels.ts'
import { probe } from './probe.ts'
import { currentMapping, indicesOf, setup } from './setup.ts'

const DAY_MS = 86_400_000
let count = 0

/** A namespace of its own for each test: servers are shared. */
function freshNamespace(): string {
  return `c${process.pid}_${count++}`
}

describe.each(Object.entries(inject('servers')))('on %s', (kind, url) => {
  const optionsOf = (namespace: string): ElasticOptions => {
    return { url: [url], namespace, requestMs: 60_000 }
  }
  const client = connect(optionsOf('default'))
  afterAll(() => client.close())

  /** Set up in a namespace, and what the doctor then says. */
  async function made(malcolm = false): Promise<{
    names: ReturnType<typeof namesOf>
    look: () => Promise<Check[]>
    again: () => ReturnType<typeof setup>
  }> {
    const namespace = freshNamespace()
    const again = (): ReturnType<typeof setup> => setup(client, { namespace, malcolm, retention })
    await again()
    const look = (): Promise<Check[]> => doctor({ elastic: optionsOf(namespace), malcolm })
    return { names: namesOf(namespace), look, again }
  }

  const put = (index: string, id: string, doc: Record<string, unknown>): Promise<unknown> =>
    call(client, 'PUT', `/${index}/_create/${id}?refresh=true`, doc)

  test('it is known for what it is', async () => {
    const found = await probe(client)
    expect(found).toMatchObject({
      distribution: kind === 'opensearch' ? 'opensearch' : 'elasticsearch',
      constantKeyword: false,
      indexMode: kind !== 'opensearch',
      lifecycle: undefined,
    })
  })

  test('what is set up is whole, and a second time changes nothing', async () => {
    const { look, again, names } = await made()
    const { steps } = await again()
    expect(steps.filter(({ done }) => done !== 'kept')).toEqual([])
    expect(steps.length).toBeGreaterThan(15)
    expect(failures(await look())).toEqual([])
    const behind = await indicesOf(client, names.alias.findings)
    expect(behind).toEqual([{ index: firstIndex(names.alias.findings), isWriteIndex: true }])
  })

  test('every field that a dashboard names is one of the index', async () => {
    const { names } = await made()
    const stream = `logs-ot.modbus-${names.namespace}`
    await put(stream, 'a', { '@timestamp': '2026-11-21T10:00:00.000Z' })
    const mapped = async (index: string): Promise<Set<string>> => {
      const mapping = (await currentMapping(client, index)) as { properties: unknown }
      return new Set(leaves(mapping.properties).keys())
    }
    const { assets, findings } = names.alias
    const indices = { assets, findings, observations: stream }
    for (const of of ['assets', 'findings', 'observations'] as const) {
      const there = await mapped(indices[of])
      const named = panels.filter((panel) => panel.of === of).flatMap(fieldsOf)
      expect(named.filter((name) => !there.has(name))).toEqual([])
    }
  })

  test('an odd value and a long body refuse no document, and what is kept comes back', async () => {
    const { names } = await made()
    const stream = `logs-ot.modbus-${names.namespace}`
    const doc = {
      '@timestamp': '2026-11-21T10:00:00.123456Z',
      'event.id': 'a',
      'source.ip': 'nonsense',
      'modbus.address': 'x',
      'ot.finding.last': '+275760-01-01T00:00:00Z',
      'modbus.function': 'Read',
      'ot.body': JSON.stringify({ __proto__: 1, 'a.b': '\u00e9'.repeat(200_000) }),
      unknown: { field: 1 },
    }
    await put(stream, 'a', doc)
    const found = (await call(client, 'POST', `/${stream}/_search`, {
      query: { term: { 'modbus.function': 'Read' } },
    })) as { hits: { hits: { _source: unknown; _ignored?: string[] }[] } }
    expect(found.hits.hits[0]?._source).toEqual(doc)
    expect(found.hits.hits[0]?._ignored).toContain('source.ip')
    const mapping = JSON.stringify(await currentMapping(client, stream))
    expect(mapping).not.toContain('unknown')
  })

  test("Malcolm's names find what ours hold", async () => {
    const { names, look } = await made(true)
    const stream = `logs-ot.modbus-${names.namespace}`
    await put(stream, 'a', { '@timestamp': '2026-11-21T10:00:00Z', 'modbus.function': 'Read' })
    const { count: found } = (await call(client, 'POST', `/${stream}/_count`, {
      query: { term: { 'zeek.modbus.func': 'Read' } },
    })) as { count: number }
    expect(found).toBe(1)
    expect(failures(await look())).toEqual([])
  })

  test('a template that somebody else has put above ours is found', async () => {
    const { names, look } = await made()
    const name = `above-${names.namespace}`
    await call(client, 'PUT', `/_index_template/${name}`, {
      index_patterns: [`${names.alias.findings}-*`],
      priority: 9000,
      template: { mappings: { properties: { 'ot.site': { type: 'text' } } } },
    })
    const found = failures(await look())
    await call(client, 'DELETE', `/_index_template/${name}`)
    expect(found.join()).toMatch(/a new index of ot-findings-.* would not be as it must/)
    expect(failures(await look())).toEqual([])
  })

  test('a template that is gone is found, and set up again', async () => {
    const { names, look, again } = await made()
    await call(client, 'DELETE', `/_index_template/${names.alias.audit}`)
    expect(failures(await look()).join()).toContain(`${names.alias.audit} is missing`)
    const { steps } = await again()
    const changed = steps.filter(({ done }) => done !== 'kept').map(({ name }) => name)
    expect(changed).toEqual([names.alias.audit])
    expect(failures(await look())).toEqual([])
  })

  test('an index that is read-only is found', async () => {
    const { names, look } = await made()
    const path = `/${firstIndex(names.alias.assets)}/_settings`
    await call(client, 'PUT', path, { 'index.blocks.write': true })
    expect(failures(await look())).toEqual([`read-only: ${firstIndex(names.alias.assets)} (write)`])
    await call(client, 'PUT', path, { 'index.blocks.write': null })
    expect(failures(await look())).toEqual([])
  })

  test('an alias without an index to write to is found', async () => {
    const { names, look } = await made()
    await call(client, 'DELETE', `/${firstIndex(names.alias.sensors)}`)
    expect(failures(await look()).join()).toContain(names.alias.sensors)
  })

  test('a name that is taken by an index is said, and nothing is deleted', async () => {
    const namespace = freshNamespace()
    const names = namesOf(namespace)
    await put(names.alias.findings, 'a', { a: 1 })
    const work = (): unknown => setup(client, { namespace, malcolm: false, retention })
    expect(await codeOf(work)).toBe('ELASTIC_NAME_TAKEN')
    await expect(call(client, 'GET', `/${names.alias.findings}/_doc/a`)).resolves.toBeTruthy()
  })

  test('an index where a stream is to be is found', async () => {
    const namespace = freshNamespace()
    const index = `logs-ot.modbus-${namespace}`
    await put(index, 'a', { a: 1 })
    await setup(client, { namespace, malcolm: false, retention })
    const found = failures(await doctor({ elastic: optionsOf(namespace), malcolm: false }))
    expect(found).toEqual([`${index} is an index, and is to be a data stream`])
  })

  test('a document that came again after a rollover is found', async () => {
    const { names, look } = await made()
    const alias = names.alias.findings
    for (const id of ['a', 'b', 'c']) await put(alias, id, { 'event.id': id })
    await call(client, 'POST', `/${alias}/_rollover`)
    await put(alias, 'b', { 'event.id': 'b' })
    expect(failures(await look())).toEqual([`twice: ${alias}: b`])
  })

  test('an index of an older mapping takes the new fields, or is followed by a new one', async () => {
    const { names, look, again } = await made()
    const alias = names.alias.conversations
    const older = `${alias}-000002`
    const template = `older-${names.namespace}`
    await call(client, 'PUT', `/_index_template/${template}`, {
      index_patterns: [`${alias}-*`],
      priority: 9000,
      template: { mappings: { dynamic: false, properties: { 'ot.site': { type: 'keyword' } } } },
    })
    await call(client, 'POST', `/${alias}/_rollover`)
    await call(client, 'DELETE', `/_index_template/${template}`)
    expect(failures(await look()).join()).toContain(`${older}: @timestamp is missing`)
    await again()
    expect(failures(await look())).toEqual([])

    await call(client, 'PUT', `/_index_template/${template}`, {
      index_patterns: [`${alias}-*`],
      priority: 9000,
      template: { mappings: { dynamic: false, properties: { 'ot.site': { type: 'long' } } } },
    })
    await call(client, 'POST', `/${alias}/_rollover`)
    await call(client, 'DELETE', `/_index_template/${template}`)
    const { steps } = await again()
    expect(steps.filter(({ done }) => done === 'rolled over').map(({ name }) => name)).toEqual([
      alias,
    ])
    expect(failures(await look())).toEqual([])
  })

  test('what is old goes, by our own hand; what is open and what is new stays', async () => {
    const { names } = await made()
    const stream = `logs-ot.modbus-${names.namespace}`
    const at = Date.now()
    const iso = (ms: number): string => new Date(ms).toISOString()
    const done = (now: number): ReturnType<typeof maintain> =>
      maintain(client, { lifecycle: undefined }, names, retention, now)
    for (const id of ['a', 'b']) {
      await put(stream, id, { '@timestamp': iso(at), 'event.id': id })
      await call(client, 'POST', `/${stream}/_rollover`)
    }
    const old = { 'event.ingested': iso(at), 'ot.finding.last': iso(at) }
    await put(names.alias.findings, 'open', { ...old, 'ot.finding.state': 'open' })
    await put(names.alias.findings, 'closed', { ...old, 'ot.finding.state': 'closed' })
    await put(names.alias.conversations, 'c', { 'event.ingested': iso(at) })

    const nothing = { deleted: [], conversations: 0, findings: 0, problems: [] }
    expect(await done(at)).toMatchObject(nothing)
    const later = await done(at + 31 * DAY_MS)
    expect(later).toMatchObject({ conversations: 1, findings: 0, problems: [] })
    expect(later.deleted.length).toBe(2)
    expect((await backingIndices(client, names)).get(stream)?.length).toBe(1)
    expect(await done(at + 401 * DAY_MS)).toMatchObject({ findings: 1, problems: [] })
    await expect(call(client, 'GET', `/${names.alias.findings}/_doc/open`)).resolves.toBeTruthy()
  })

  test('a new index begins where one is old enough and holds something', async () => {
    const { names } = await made()
    const stream = `logs-ot.modbus-${names.namespace}`
    await put(stream, 'a', { '@timestamp': '2026-11-21T10:00:00Z' })
    const done = (days: number): ReturnType<typeof maintain> => {
      const now = Date.now() + days * DAY_MS
      return maintain(client, { lifecycle: undefined }, names, retention, now)
    }
    expect(await done(2)).toMatchObject({ rolled: [], problems: [] })
    expect(await done(4)).toMatchObject({ rolled: [stream], deleted: [], problems: [] })
    // The new one holds nothing yet, and so does the record.
    expect(await done(100)).toMatchObject({ rolled: [], problems: [] })
    await put(names.alias.audit, 'a', { 'event.id': 'a' })
    expect(await done(89)).toMatchObject({ rolled: [], problems: [] })
    expect(await done(91)).toMatchObject({ rolled: [names.alias.audit], deleted: [], problems: [] })
    await expect(call(client, 'GET', `/${names.alias.audit}/_search`)).resolves.toMatchObject({
      hits: { hits: [{ _id: 'a' }] },
    })
  })
})
