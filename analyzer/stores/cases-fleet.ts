/** What every store promises of several sensors: two sites never mix, and a site is one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { Origin, Scoped, Store } from './store.ts'

const NORTH: Origin = { sensor: 'tap-n', site: 'north' }
const SOUTH: Origin = { sensor: 'tap-s', site: 'south' }
const EAST: Origin = { sensor: 'tap-e', site: 'south' }
const by = { who: 'ana', time: plant.time(1) }

/** The same plant at each site, with the same addresses, as ids of the sensor tell them apart. */
async function fillSite(store: Store, from: Origin): Promise<void> {
  const mark = from.site.slice(0, 1)
  await store.putRules([{ ...plant.rule, description: `of ${from.site}` }], from)
  await store.putAssets(
    [plant.asset({ id: `${mark}-plc` }), plant.asset({ id: `${mark}-eng`, ip: ['10.20.0.9'] })],
    from,
  )
  await store.putObservations([plant.operation({ 'event.id': `${mark}-op` })], from)
  await store.putConversations([plant.conversation({ id: `${mark}-c` })], from)
  await store.putMatrix(plant.matrix, from)
  await store.putHealth(plant.health({ sensor: from.sensor, site: from.site }), from)
  const cited = { operations: [`${mark}-op`] }
  await store.putFindings(
    [
      plant.finding({ id: `${mark}-f1`, ...cited }),
      plant.finding({ id: `${mark}-f2`, last: plant.time(5), severity: 'low' }),
    ],
    from,
  )
}

export function fleetCases(name: string, open: plant.OpenStore): void {
  describe(`${name}, several sensors`, () => {
    const place = plant.temporary()
    let store: Store

    beforeAll(async () => {
      store = await open(place.dir)
      await fillSite(store, NORTH)
      await fillSite(store, SOUTH)
      // Sees of the south what the first sees, and more.
      const seen = plant.asset({ id: 's-plc', last: plant.asset().last + 1e6, roles: ['server'] })
      await store.putAssets([seen], EAST)
      await store.putConversations([plant.conversation({ id: 's-c', packets: 7 })], EAST)
      await store.putRules([{ ...plant.rule, description: 'of the east' }], EAST)
      await store.renameAsset('n-plc', 'Boiler', by)
      await store.act(['s-f2'], plant.request({ action: 'close', reason: 'duplicate' }))
    })
    afterAll(async () => {
      await store.close()
      place.remove()
    })

    const scopes: [string, Scoped, string[]][] = [
      ['all', {}, ['n', 's']],
      ['a site', { site: 'north' }, ['n']],
      ['a sensor', { sensor: 'tap-s' }, ['s']],
      ['a sensor of another site', { sensor: 'tap-s', site: 'north' }, []],
      ['nobody', { site: 'west' }, []],
    ]
    test.each(scopes)('of %s the lists have what is theirs', async (_, scope, sites) => {
      const ids = async (rows: Promise<{ rows: { id: string }[] }>): Promise<string[]> =>
        [...new Set((await rows).rows.map(({ id }) => id))].toSorted()
      const of = (...names: string[]): string[] =>
        sites.flatMap((site) => names.map((one) => `${site}-${one}`)).toSorted()
      expect(await ids(store.findings(scope))).toEqual(of('f1', 'f2'))
      expect(await ids(store.assets(scope))).toEqual(of('eng', 'plc'))
      expect(await ids(store.operations(scope))).toEqual(of('op'))
      expect(await ids(store.conversations(scope))).toEqual(of('c'))
      expect((await store.findings(scope)).total).toBe(2 * sites.length)
      const exported = await store.exportPage('findings', scope)
      expect(exported.rows.map((row) => String(row['id'])).toSorted()).toEqual(of('f1', 'f2'))
      const observed = (await pages(store, scope)).map((row) => String(row['event.id']))
      expect(observed.toSorted()).toEqual(of('op'))
      const { rows } = await store.findingHistogram(scope, 3)
      expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(2 * sites.length)
      const steps = (await store.operationHistogram(scope, 3)).rows
      expect(steps.reduce((sum, { count }) => sum + count, 0)).toBe(sites.length)
    })

    test('rows say whose they are', async () => {
      expect((await store.findings({ site: 'north' })).rows[0]).toMatchObject(NORTH)
      expect(await store.finding('s-f1')).toMatchObject({ ...SOUTH, operations: [SOUTH] })
      expect((await store.operations({ site: 'south' })).rows).toMatchObject([SOUTH])
      expect((await store.conversations({ sensor: 'tap-n' })).rows).toMatchObject([NORTH])
      expect(await store.asset('n-plc')).toMatchObject({ site: 'north', sensors: ['tap-n'] })
    })

    test.each(['sensor', 'site'] as const)('what is counted by %s', async (group) => {
      const [north, south] = [NORTH[group], SOUTH[group]]
      const counted = (rows: readonly { value: string; count: number }[]): string[] =>
        rows.map(({ value, count }) => `${value} ${count}`).toSorted()
      const findings = await store.groupFindings({}, group, 10)
      expect(counted(findings.rows)).toEqual([`${north} 2`, `${south} 2`])
      const operations = await store.groupOperations({}, group, 10)
      expect(counted(operations.rows)).toEqual([`${north} 1`, `${south} 1`])
    })

    test('a name that was typed in is of one site', async () => {
      const target = async (id: string): Promise<string | undefined> =>
        (await store.finding(id))?.target.name
      expect([await target('n-f1'), await target('s-f1')]).toEqual(['Boiler', 'PLC-1'])
      const found = (rows: { id: string }[]): string[] => rows.map(({ id }) => id)
      const query = { text: 'boiler' }
      expect(found((await store.findings(query)).rows)).toEqual(['n-f2', 'n-f1'])
      expect(found((await store.operations(query)).rows)).toEqual(['n-op'])
      expect(found((await store.conversations(query)).rows)).toEqual(['n-c'])
      expect((await store.operations({ site: 'south' })).rows[0]?.destination.name).toBe('PLC-1')
      expect((await store.findings({ ...query, site: 'south' })).total).toBe(0)
    })

    test('an asset is of one site, an address of all', async () => {
      const found = async (asset: string, scope: Scoped = {}): Promise<string[]> =>
        (await store.findings({ asset, ...scope })).rows.map(({ id }) => id).toSorted()
      expect(await found('n-plc')).toEqual(['n-f1', 'n-f2'])
      expect(await found('n-plc', { site: 'south' })).toEqual([])
      expect(await found(plant.PLC.ip)).toEqual(['n-f1', 'n-f2', 's-f1', 's-f2'])
      expect(await found(plant.PLC.ip, { site: 'south' })).toEqual(['s-f1', 's-f2'])
      expect((await store.operations({ asset: 's-plc' })).rows.map(({ id }) => id)).toEqual([
        's-op',
      ])
      expect((await store.conversations({ asset: 'n-plc' })).rows).toHaveLength(1)
      expect((await store.asset('n-plc'))?.findings).toBe(2)
      expect((await store.asset('s-plc'))?.findings).toBe(1)
    })

    test('an asset that two sensors of a site see is one, as both know it', async () => {
      const row = await store.asset('s-plc')
      expect(row).toMatchObject({
        sensors: expect.arrayContaining(['tap-s', 'tap-e']) as string[],
        first: plant.time(0),
        last: plant.time(61),
      })
      expect(row?.roles.toSorted()).toEqual(['controller', 'server'])
      const packets = row?.attributes.find(({ value }) => value === 'BMX P34 2020')?.packets
      expect(packets).toBe(4)
      expect((await store.assets({ sensor: 'tap-e' })).rows.map(({ id }) => id)).toEqual(['s-plc'])
    })

    test('what two sensors tell of one conversation stays what each told', async () => {
      const { rows } = await store.conversations({ site: 'south' })
      const told = rows.map(({ sensor, packets }) => `${sensor} ${packets}`)
      expect(told.toSorted()).toEqual(['tap-e 7', 'tap-s 242'])
    })

    test('what sensors say of themselves', async () => {
      const sensors = (await store.sensors()).map(({ sensor, site, health }) => {
        return `${sensor} ${site} ${health.sensor}`
      })
      expect(sensors.toSorted()).toEqual(['tap-n north tap-n', 'tap-s south tap-s'])
      expect(await store.open()).toMatchObject({ high: 2, low: 1 })
      expect(await store.open({ site: 'south' })).toMatchObject({ high: 1, low: 0 })
      expect(await store.open({ sensor: 'tap-n' })).toMatchObject({ high: 1, low: 1 })
    })

    test('rules are those of the sensors that are asked for, as who said them last', async () => {
      const told = async (scope?: Scoped): Promise<unknown[]> =>
        (await store.rules(scope)).map(({ description, findings }) => [description, findings])
      expect(await told({ site: 'north' })).toEqual([['of north', 2]])
      expect(await told({ sensor: 'tap-s' })).toEqual([['of south', 2]])
      expect(await told()).toEqual([['of the east', 4]])
      expect((await store.finding('n-f1'))?.rule_description).toBe('of north')
    })

    test('zones are those of the sensors that are asked for', async () => {
      expect(await store.matrix({ site: 'north' })).toEqual(plant.matrix)
      expect(await store.matrix({ sensor: 'nobody' })).toBeUndefined()
      const zones = (await store.matrix())?.zones.map(({ id }) => id).toSorted()
      expect(zones).toEqual(['north/Z-CELL1', 'north/Z-OPS', 'south/Z-CELL1', 'south/Z-OPS'])
    })

    test('the record says of which site and sensor it tells', async () => {
      const told = async (scope: Scoped): Promise<string[]> =>
        (await store.audit(scope)).rows.map(({ action, subject }) => `${action} ${subject}`)
      expect(await told({ site: 'north' })).toEqual(['rename n-plc'])
      expect(await told({ site: 'south' })).toEqual(['close s-f2'])
      expect(await told({ sensor: 'tap-s' })).toEqual(['close s-f2'])
      const version = { kind: 'policy' as const, name: 'p.yaml', text: 'x: 1\n', ...by }
      expect(await store.putVersion(version, NORTH)).toBe(true)
      expect(await store.putVersion(version, SOUTH)).toBe(true)
      expect(await store.putVersion(version, NORTH)).toBe(false)
      expect(await told({ sensor: 'tap-n' })).toEqual(['policy p.yaml'])
    })
  })
}

async function pages(store: Store, scope: Scoped): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  let after: string | undefined
  do {
    const page = await store.exportPage('observations', { ...scope, after })
    rows.push(...page.rows)
    after = page.next ?? undefined
  } while (after !== undefined)
  return rows
}
