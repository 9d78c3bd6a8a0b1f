/** What delivery relies on, against real servers: rollovers, guards, repeats, acts that come back. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Doc } from '../../facts.ts'
import type { Finding } from '../../findings/finding.ts'
import { fields, storedFields } from '../../sigma/fields.ts'
import type { Fate } from '../delivery/cluster.ts'
import * as plant from '../fixture.ts'
import type { Dirty, ForeignAct, Shipped } from '../outbox.ts'
import { assetRecord } from '../rows.ts'
import { signingKey, verifyAct } from '../sign.ts'
import type { SigningKey } from '../sign.ts'
import type { Origin, Store } from '../store.ts'
import { memberOf } from './bulk.ts'
import type { Client } from './client.ts'
import { call, connect } from './client.ts'
import { namesOf } from './names.ts'
import type { ElasticOptions } from './options.ts'
import { TestPlaces } from './place.ts'
import { hitsById } from './revise.ts'
import { Writer } from './writer.ts'

async function collected(pages: AsyncIterable<ForeignAct[]>): Promise<ForeignAct[]> {
  const acts: ForeignAct[] = []
  for await (const page of pages) acts.push(...page)
  return acts
}

describe.each(Object.entries(inject('servers')))('%s, the writer', (_, url) => {
  const places = new TestPlaces(url)
  const place = plant.temporary()
  const keys = mkdtempSync(join(tmpdir(), 'fieldtap-keys-'))
  let options: ElasticOptions
  let client: Client
  let writer: Writer
  let store: Store
  let key: SigningKey

  beforeAll(async () => {
    key = signingKey(keys)
    store = await places.open(place.dir, key)
    options = await places.options(place.dir)
    client = connect(options)
    writer = new Writer(client, options)
  })
  afterAll(async () => {
    await store.close()
    await client.close()
    await places.close()
    place.remove()
    rmSync(keys, { recursive: true })
  })

  const dirty = (shipped: Shipped, id: string, change: Partial<Dirty> = {}): Dirty =>
    ({
      ...shipped,
      id,
      from: plant.FROM,
      revision: 1,
      since: 0,
      tries: 0,
      place: '',
      ...change,
    }) as Dirty
  const found = (finding: Finding, change: Partial<Dirty> = {}): Dirty =>
    dirty({ kind: 'finding', finding, acts: [] }, finding.id, change)
  const placeOf = (fate: Fate | undefined): string => (fate?.kind === 'done' ? fate.place : '')
  const rollover = (name: string): Promise<unknown> => call(client, 'POST', `/${name}/_rollover`)
  const copies = async (kind: 'findings' | 'assets', id: string): Promise<number> => {
    const alias = namesOf(options.namespace).alias[kind]
    await call(client, 'POST', `/${alias}/_refresh`)
    return (await hitsById(client, alias, [id], false)).length
  }

  test('says what it writes to', async () => {
    expect(await writer.describe()).toEqual({
      server: expect.stringMatching(/^(elasticsearch|opensearch) \d+\.\d+\.\d+ at http:/),
    })
  })

  test('where nothing has been set up it is refused, and nothing is made', async () => {
    const bare = new Writer(client, { ...options, namespace: 'bare' })
    const doc = plant.operation()
    const { stream } = bare.addressOf({ doc, from: plant.FROM })
    const refused = [{ kind: 'refused', status: 404, reason: expect.stringContaining('setup') }]
    expect(await bare.create(stream, [{ doc, from: plant.FROM }])).toMatchObject(refused)
    expect(await bare.revise([found(plant.finding())])).toMatchObject(refused)
    expect(await bare.describe()).toMatchObject({ refused: expect.stringContaining('setup') })
    const made = call(client, 'GET', `/${stream}/_search`)
    await expect(made).rejects.toMatchObject({ statusCode: 404 })
  })

  test('an observation is created once, and its repeat behind a rollover can be taken out', async () => {
    const observed = { doc: plant.operation({ 'event.id': 'w-1' }), from: plant.FROM }
    const { stream, id } = writer.addressOf(observed)
    expect(await writer.present(stream, [id])).toEqual(new Map())
    const [first] = await writer.create(stream, [observed])
    expect(first).toMatchObject({ kind: 'done', repeated: false })
    const [again] = await writer.create(stream, [observed])
    expect(again).toEqual({ ...first, repeated: true })
    expect(await writer.present(stream, [id, 'w-2'])).toEqual(new Map([[id, [placeOf(first)]]]))

    await rollover(stream)
    const [late] = await writer.create(stream, [observed])
    expect(late).toMatchObject({ kind: 'done', repeated: false })
    const there = (await writer.present(stream, [id])).get(id) ?? []
    expect(there.toSorted()).toEqual([placeOf(first), placeOf(late)].toSorted())
    await writer.remove(placeOf(late), id)
    await writer.remove(placeOf(late), id)
    expect(await writer.present(stream, [id])).toEqual(new Map([[id, [placeOf(first)]]]))
  })

  test('a finding stays where it is, whether that is known or not', async () => {
    const [first] = await writer.revise([found(plant.finding({ id: 'r-1' }))])
    expect(first).toMatchObject({ kind: 'done', repeated: false })
    await rollover(namesOf(options.namespace).alias.findings)
    const grown = plant.finding({ id: 'r-1', count: 2, last: plant.time(2) })
    const [known] = await writer.revise([found(grown, { place: placeOf(first) })])
    expect(placeOf(known)).toBe(placeOf(first))
    const more = plant.finding({ id: 'r-1', count: 3, last: plant.time(3) })
    const [unknown] = await writer.revise([found(more, { tries: 1 })])
    expect(placeOf(unknown)).toBe(placeOf(first))
    // One that comes late, and one that was in an index that is no longer there.
    const [late] = await writer.revise([found(grown, { place: placeOf(first) })])
    const [lost] = await writer.revise([found(more, { place: 'ot-gone-000001' })])
    expect([late, lost]).toMatchObject([
      { kind: 'done', place: placeOf(first), repeated: true },
      { kind: 'done', place: placeOf(first), repeated: true },
    ])
    expect(await copies('findings', 'r-1')).toBe(1)
    await store.act(['r-1'], plant.request())
    expect(await store.finding('r-1')).toMatchObject({ count: 3, state: 'acknowledged' })
    expect(await copies('findings', 'r-1')).toBe(1)
  })

  test('many writers of one document at once lose nothing', async () => {
    const others = Array.from({ length: 4 }, () => new Writer(client, options))
    const of = (sensor: string): Origin => ({ ...plant.FROM, sensor })
    const fates = await Promise.all(
      others.map((one, i) => {
        const asset = assetRecord(plant.asset({ id: 'w-a', roles: [`role-${i}`] }))
        return one.revise([dirty({ kind: 'asset', asset }, 'w-a', { from: of(`s${i}`) })])
      }),
    )
    // Whoever was never first is told so, and comes again.
    for (const [i, [fate]] of fates.entries()) {
      if (fate?.kind === 'done') continue
      expect(fate).toMatchObject({ kind: 'later' })
      const asset = assetRecord(plant.asset({ id: 'w-a', roles: [`role-${i}`] }))
      await writer.revise([dirty({ kind: 'asset', asset }, 'w-a', { from: of(`s${i}`) })])
    }
    expect(await copies('assets', 'w-a')).toBe(1)
    const row = await store.asset('w-a')
    expect(row?.sensors.toSorted()).toEqual(['s0', 's1', 's2', 's3'])
    expect(row?.roles.toSorted()).toEqual(['role-0', 'role-1', 'role-2', 'role-3'])
  })

  test('two of one document in one request are both in it', async () => {
    const asset = (role: string): Shipped => ({
      kind: 'asset',
      asset: assetRecord(plant.asset({ id: 'w-b', roles: [role] })),
    })
    const twice = ['s1', 's2'].map((sensor) =>
      dirty(asset(sensor), 'w-b', { from: { ...plant.FROM, sensor } }),
    )
    expect(await writer.revise(twice)).toMatchObject([{ kind: 'done' }, { kind: 'done' }])
    await copies('assets', 'w-b')
    expect((await store.asset('w-b'))?.sensors.toSorted()).toEqual(['s1', 's2'])
  })

  test('a record is on record once, also behind a rollover', async () => {
    const record = {
      id: 'w-rec',
      time: plant.time(0),
      who: 'ana',
      action: 'policy',
      subject: 'p',
      sha256: '00',
    }
    const item = dirty({ kind: 'audit', record, text: 'a: 1\n' }, 'w-rec')
    expect(await writer.revise([item])).toMatchObject([{ kind: 'done', repeated: false }])
    expect(await writer.revise([item])).toMatchObject([{ kind: 'done', repeated: true }])
    const alias = namesOf(options.namespace).alias.audit
    await rollover(alias)
    expect(await writer.revise([{ ...item, tries: 1 }])).toMatchObject([
      { kind: 'done', repeated: true },
    ])
    expect(await writer.present(alias, ['w-rec'])).toEqual(
      new Map([['w-rec', [expect.stringContaining('000001')]]]),
    )
    expect(await store.versionText('w-rec')).toBe('a: 1\n')
  })

  test('acts come back to the sensor, signed', async () => {
    await writer.revise([found(plant.finding({ id: 'act-1' })), found(plant.finding({ id: 'no' }))])
    const asset = assetRecord(plant.asset({ id: 'act-a' }))
    await writer.revise([dirty({ kind: 'asset', asset }, 'act-a')])
    await copies('findings', 'act-1')
    await copies('assets', 'act-a')
    const time = plant.time(5000)
    await store.act(['act-1'], plant.request({ action: 'approve', time }))
    await store.renameAsset('act-a', 'Boiler', { who: 'ana', time: plant.time(5001) })
    const told = async (from: Origin, since: string): Promise<ForeignAct[]> =>
      collected(writer.actsSince(from, since))
    const acts = await told(plant.FROM, plant.time(5000))
    expect(acts).toMatchObject([
      { kind: 'finding', finding: 'act-1', act: { action: 'approve', time, who: 'ana' } },
      { kind: 'asset', asset: 'act-a', typed: { name: 'Boiler' } },
    ])
    expect(acts.map((act) => verifyAct(act, [key.name]))).toEqual([true, true])
    expect(await told(plant.FROM, plant.time(5001))).toHaveLength(1)
    expect(await told({ ...plant.FROM, sensor: 'other' }, plant.time(5000))).toEqual([])
    expect(await told({ ...plant.FROM, site: 'other' }, plant.time(5000))).toEqual([])
    // What the sensor knows of it comes and takes nothing away.
    const grown = plant.finding({ id: 'act-1', count: 7, last: plant.time(9) })
    await writer.revise([found(grown)])
    await copies('findings', 'act-1')
    expect(await store.finding('act-1')).toMatchObject({ count: 7, state: 'closed' })
  })

  test('no observation is refused for what it says', async () => {
    const text = fc
      .array(fc.nat(0xffff), { maxLength: 30 })
      .map((units) => String.fromCharCode(...units))
    // Numbers that JSON can say.
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    const scalar = fc.oneof(text, number, fc.boolean())
    const named = fc.constantFrom(...fields.keys(), ...storedFields.keys())
    const odd = fc.constantFrom('__proto__', 'ot.sensor.lost', 'a..b', '.', '', 'event.id.more')
    const entry = fc.tuple(fc.oneof(named, odd, text), fc.oneof(scalar, fc.array(scalar)))
    const docs = fc.sample(fc.array(entry, { maxLength: 20 }), 300).map((entries, i): Doc => {
      return { ...Object.fromEntries(entries), 'event.id': `odd-${i}`, 'event.dataset': 'ot.odd' }
    })
    docs.push({ 'event.id': 'long', 'event.dataset': 'ot.odd', 'mqtt.topic': 'x'.repeat(100_000) })
    const observed = docs.map((doc) => ({ doc, from: { sensor: 'odd', site: '\ud800' } }))
    const { stream } = writer.addressOf(observed[0] ?? { doc: {}, from: plant.FROM })
    const fates = await writer.create(stream, observed)
    expect(fates.filter(({ kind }) => kind !== 'done')).toEqual([])
    await call(client, 'POST', `/${stream}/_refresh`)
    const rows: unknown[] = []
    let after: string | undefined
    do {
      const page = await store.exportPage('observations', { sensor: 'odd', limit: 100, after })
      rows.push(...page.rows)
      after = page.next ?? undefined
    } while (after !== undefined)
    expect(rows).toEqual(docs.map((doc) => JSON.parse(JSON.stringify(doc)) as unknown))
  })

  test('what the cluster cannot say is an error of the store', async () => {
    const away = new Writer(connect({ ...options, url: ['http://127.0.0.1:1'] }), options)
    await expect(away.present('logs-ot.x-t', ['a'])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    await expect(away.remove('x', 'a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await away.describe()).toMatchObject({ away: expect.any(String) })
    expect(await away.revise([found(plant.finding())])).toMatchObject([{ kind: 'away' }])
    const acts = collected(away.actsSince(plant.FROM, plant.time(0)))
    await expect(acts).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  test('streams are what the templates say', async () => {
    const { stream } = writer.addressOf({ doc: plant.operation(), from: plant.FROM })
    const answer = await call(client, 'GET', `/${stream}/_mapping`)
    const [[index, first] = []] = Object.entries(answer as Record<string, unknown>)
    expect(index).toMatch(/^\.ds-/)
    expect(memberOf(memberOf(first, 'mappings'), 'dynamic')).toBe('false')
  })
})
