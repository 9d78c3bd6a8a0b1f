import { describe, expect, test } from 'vitest'
import { connectPlain, exchange, msg, operations, read, Wire } from './samples.ts'

const double = (value: number) => new Wire().u8(1, 11).f64(value)

describe('subscriptions', () => {
  test('notifications name the nodes behind their handles', () => {
    const connection = connectPlain()
    const create = new Wire().node(751).requestHeader().u32(9).u32(2).u32(1)
    create.named(2, 'Line1.PV').u32(13).text().u16(0).text().u32(2).u32(31).f64(0).u8(0, 0, 0)
    create.u32(1).u8(1)
    const created = new Wire().node(754).responseHeader().u32(1).u32(0).u32(1).f64(0).u32(1)
    created.u8(0, 0, 0).u32(0)
    const made = exchange(connection, msg(2, 2, create.bytes), msg(2, 2, created.bytes))
    expect(made.drafts[0]).toMatchObject({
      classes: ['subscribe'],
      targets: ['node:ns=2;s=Line1.PV'],
    })
    const publish = new Wire().node(826).requestHeader().u32(0)
    const data = new Wire().u32(2).u32(31).raw(double(7).octets).u32(32).raw(double(8).octets)
    data.u32(0)
    const published = new Wire().node(829).responseHeader().u32(9).u32(0).u8(0).u32(1).u32(0)
    published.u32(0).u32(1).node(811).u8(1).text(data.bytes).u32(0).u32(0)
    const told = exchange(connection, msg(3, 3, publish.bytes), msg(3, 3, published.bytes))
    expect([told.request.silent, told.request.patience]).toEqual([true, 3_600_000_000])
    expect(told.answers[0]).toMatchObject({
      outcome: 'success',
      numbers: [7, 8],
      fields: { 'opcua.node_id': ['ns=2;s=Line1.PV', 'handle=32'] },
    })
  })

  test('a session that ends answers its waiting Publish, which is no failure', () => {
    const publish = new Wire().node(826).requestHeader().u32(0).bytes
    const outcomes = [0x80260000, 0x801f0000].map((code) => {
      const fault = new Wire().node(397).responseHeader(code).bytes
      return exchange(connectPlain(), msg(2, 2, publish), msg(2, 2, fault)).answers[0]
    })
    expect(outcomes).toMatchObject([
      { outcome: 'unknown', status: 'BadSessionClosed' },
      { outcome: 'failure', status: 'BadUserAccessDenied' },
    ])
  })

  test('turning the publishing off is another kind than turning it on', () => {
    const kinds = [0, 1].map((enabled) => {
      const body = new Wire().node(799).requestHeader().u8(enabled).u32(1).u32(9)
      return operations(connectPlain(), msg(2, 2, body.bytes))[0]?.kind
    })
    expect(kinds[0]).not.toBe(kinds[1])
  })
})

describe('model and history', () => {
  const add = new Wire().node(488).requestHeader().u32(1).node(87).node(35).u8(0, 0).u16(2)
  add.text('Valve').u32(2).u8(0, 0, 0).u8(0, 0)
  const remove = new Wire().node(500).requestHeader().u32(1).named(2, 'Valve').u8(1)
  const reference = new Wire().node(494).requestHeader().u32(1).node(85).node(35).u8(1).text()
  reference.node(86).u32(1)
  const details = new Wire().named(2, 'Valve').u8(0).u32(0).u32(0).u32(0).u32(0)
  const history = new Wire().node(700).requestHeader().u32(1).node(688).u8(1).text(details.bytes)

  test.each([
    ['AddNodes', add, 'node:i=87'],
    ['DeleteNodes', remove, 'node:ns=2;s=Valve'],
    ['AddReferences', reference, 'node:i=85'],
    ['HistoryUpdate', history, 'node:ns=2;s=Valve'],
  ])('%s changes what is there', (action, wire, target) => {
    const [draft, ...others] = operations(connectPlain(), msg(2, 2, wire.bytes))
    expect(others).toEqual([])
    expect(draft).toMatchObject({ action, classes: ['program'], targets: [target] })
  })
})

describe('the end of a channel', () => {
  const endpoints = new Wire().node(428).requestHeader().text('opc.tcp://plc1').u32(0).u32(0)
  const close = msg(9, 9, new Wire().node(452).requestHeader().bytes, 'F', 'CLO')

  test('says that only discovery was asked in mode None', () => {
    const connection = connectPlain()
    operations(connection, msg(2, 2, endpoints.bytes))
    const [draft] = operations(connection, close)
    expect(draft).toMatchObject({ action: 'CloseSecureChannel', classes: ['session'] })
    expect(draft?.fields['ot.session.discovery_only']).toBe(true)
  })

  test.each([
    ['nothing was asked', []],
    ['something else was asked', [msg(2, 2, endpoints.bytes), msg(3, 3, read(2258))]],
  ])('says nothing where %s', (_, requests) => {
    const connection = connectPlain()
    for (const request of requests) operations(connection, request)
    expect(operations(connection, close)[0]?.fields).not.toHaveProperty('ot.session.discovery_only')
  })
})
