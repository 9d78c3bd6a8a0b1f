import { describe, expect, test } from 'vitest'
import type { Connection } from './connection.ts'
import { opcua } from './index.ts'
import { connect, connectPlain, exchange, message, msg, operations } from './samples.ts'
import { openRequest, opn, read, readBy, Wire } from './samples.ts'

const TOKEN = 77

/** Opens a session and activates it under an identity; the next sequence number is 4. */
function login(connection: Connection, identity: Wire, session = 'HMI', result = 0) {
  const application = new Wire().text('urn:hmi').text('urn:p').u8(2).text('HMI 1').u32(1)
  application.text().text().u32(0)
  const create = new Wire().node(461).requestHeader().raw(application.octets).text()
  create.text('opc.tcp://plc1').text(session).text().text().f64(0).u32(0)
  const created = new Wire().node(464).responseHeader().node(5, 1).node(TOKEN, 1).f64(0)
  created.text().text().u32(0).u32(0).text().text().u32(0)
  const first = exchange(connection, msg(2, 2, create.bytes), msg(2, 2, created.bytes))
  const activate = new Wire().node(467).requestHeader(TOKEN).text().text().u32(0).u32(0)
  activate.raw(identity.octets).text().text()
  const activated = new Wire().node(470).responseHeader(result).text().u32(0).u32(0)
  const second = exchange(connection, msg(3, 3, activate.bytes), msg(3, 3, activated.bytes))
  return { first, second }
}

/** Identity tokens (Part 4, 7.40) in their ExtensionObject. */
function token(id: number, body: Wire): Wire {
  return new Wire().node(id).u8(1).text(body.bytes)
}

const anonymous = token(321, new Wire().text('a'))
const operator = token(324, new Wire().text('u').text('operator').text('secret').text())

function answerRead(...values: readonly Wire[]): Uint8Array<ArrayBuffer> {
  const wire = new Wire().node(634).responseHeader().u32(values.length)
  for (const value of values) wire.raw(value.octets)
  return wire.u32(0).bytes
}

const double = (value: number) => new Wire().u8(1, 11).f64(value)
const strings = (...values: readonly string[]) => {
  const wire = new Wire().u8(1, 0x8c).u32(values.length)
  for (const value of values) wire.text(value)
  return wire
}

describe('sessions', () => {
  test.each([
    ['anonymous', anonymous, undefined],
    ['anonymous', new Wire().u8(0, 0, 0), undefined],
    ['username', operator, 'operator'],
    ['issued', token(940, new Wire().text('i').text('jwt').text()), undefined],
  ])('%s is told of every later request', (identity, wire, user) => {
    const connection = connectPlain()
    const { second } = login(connection, wire)
    expect(second.drafts[0]?.fields['opcua.session.identity']).toBe(identity)
    expect(second.drafts[0]?.user).toBe(user)
    const [draft] = operations(connection, msg(4, 4, readBy(TOKEN, 2258)))
    expect(draft?.fields).toMatchObject({
      'opcua.session.identity': identity,
      'opcua.session.name': 'HMI',
      'opcua.application_uri': 'urn:hmi',
      'opcua.security_mode': 'None',
      'opcua.security_policy': 'None',
      'opcua.secure_channel_id': 5,
    })
    expect([draft?.user, draft?.notAssessable]).toEqual([user, undefined])
  })

  test('no password is kept', () => {
    const connection = connectPlain()
    const { second } = login(connection, operator)
    const kept = JSON.stringify([second.drafts, second.request, connection.server, connection])
    expect(kept).toContain('operator')
    expect(kept).not.toContain('secret')
    expect(kept).not.toContain('115,101,99,114,101,116')
  })

  test('a refused activation makes nobody', () => {
    const connection = connectPlain()
    const { second } = login(connection, operator, 'HMI', 0x80210000)
    expect(second.answers[0]).toMatchObject({ status: 'BadIdentityTokenRejected' })
    const [draft] = operations(connection, msg(4, 4, readBy(TOKEN, 2258)))
    expect([draft?.user, draft?.fields['opcua.session.identity']]).toEqual([undefined, undefined])
  })

  test('move between the connections of a server', () => {
    const server = opcua.server()
    const [first, second] = [opcua.open(server), opcua.open(server)]
    for (const connection of [first, second]) {
      message(opn('None', openRequest(1, 1)), true, connection)
    }
    login(first, operator)
    expect(operations(second, msg(2, 2, readBy(TOKEN, 2258)))[0]?.user).toBe('operator')
  })

  test('that were not seen to open are said to be unknown', () => {
    const connection = connectPlain()
    const body = readBy(TOKEN, 2258)
    expect(operations(connection, msg(2, 2, body))[0]?.notAssessable).toEqual(['midstream'])
    expect(operations(connection, msg(3, 3, body))[0]?.notAssessable).toEqual(['midstream'])
    expect(operations(connection, msg(4, 4, read(2258)))[0]?.notAssessable).toBeUndefined()
  })

  test('the user belongs to the kind, as do mode and target, but no value', () => {
    const kinds = new Set<string>()
    for (const identity of [anonymous, operator]) {
      const connection = connectPlain()
      login(connection, identity)
      kinds.add(operations(connection, msg(4, 4, readBy(TOKEN, 2258)))[0]!.kind)
      kinds.add(operations(connection, msg(5, 5, readBy(TOKEN, 2259)))[0]!.kind)
    }
    const signed = connect()
    message(opn('Basic256Sha256', new Uint8Array(64)), true, signed)
    kinds.add(
      operations(
        signed,
        msg(4, 4, new Wire().raw(readBy(TOKEN, 2258)).f64(0).f64(0).f64(0).f64(0).bytes),
      )[0]!.kind,
    )
    expect(kinds.size).toBe(5)
  })

  test('both ends say who they are', () => {
    const { first } = login(connectPlain(), anonymous)
    expect(first.identities).toEqual([
      { of: 'client', attribute: 'application-uri', value: 'urn:hmi', confidence: 'B' },
      { of: 'client', attribute: 'product-uri', value: 'urn:p', confidence: 'B' },
      { of: 'client', attribute: 'name', value: 'HMI 1', confidence: 'B' },
    ])
  })
})

describe('Read', () => {
  test('one record with all nodes, values in the answer', () => {
    const connection = connectPlain()
    const { drafts, answers } = exchange(
      connection,
      msg(2, 2, read(2258, 'Line1.SP')),
      msg(2, 2, answerRead(double(1.5), double(-2))),
    )
    expect(drafts).toHaveLength(1)
    expect(drafts[0]).toMatchObject({
      action: 'Read',
      classes: ['read'],
      targets: ['node:i=2258', 'node:ns=2;s=Line1.SP'],
      fields: {
        'opcua.service': 'Read',
        'opcua.service_id': 631,
        'opcua.node_id': ['i=2258', 'ns=2;s=Line1.SP'],
        'opcua.attribute': ['Value'],
        'opcua.items': 2,
      },
    })
    expect(answers[0]).toEqual({
      outcome: 'success',
      status: 'Good',
      numbers: [1.5, -2],
      fields: { 'opcua.status_code': 0, 'opcua.status': 'Good' },
    })
  })

  test('the same bytes give the very same drafts, other bytes others', () => {
    const connection = connectPlain()
    const first = operations(connection, msg(2, 2, read(2258, 'A')))
    const again = operations(connection, msg(3, 3, read(2258, 'A')))
    const other = operations(connection, msg(4, 4, read(2258, 'B')))
    expect(again).toBe(first)
    expect(other[0]?.targets).toEqual(['node:i=2258', 'node:ns=2;s=B'])
  })

  test('of texts, mixed and bad results the values are text', () => {
    const bad = new Wire().u8(2).u32(0x803a0000)
    const { answers } = exchange(
      connectPlain(),
      msg(2, 2, read(1, 2, 3)),
      msg(2, 2, answerRead(strings('a', 'b'), bad, double(3))),
    )
    expect(answers[0]).toEqual({
      outcome: 'success',
      status: 'BadNotReadable',
      values: ['a', 'b', '', '3'],
      fields: { 'opcua.status_code': 0x803a0000, 'opcua.status': 'BadNotReadable' },
    })
  })

  test('booleans and 64-bit integers keep their text', () => {
    const yes = new Wire().u8(1, 1, 1)
    const large = new Wire().u8(1, 9).u32(0xffffffff).u32(0xffffffff)
    const { answers } = exchange(
      connectPlain(),
      msg(2, 2, read(1, 2)),
      msg(2, 2, answerRead(yes, large)),
    )
    expect(answers[0]?.values).toEqual(['true', '18446744073709551615'])
    expect(answers[0]?.numbers).toEqual([1, 2 ** 64])
  })

  test('NamespaceArray resolves the indices from then on', () => {
    const connection = connectPlain()
    const uris = strings('http://opcfoundation.org/UA/', 'urn:plc1', 'urn:acme;100%')
    exchange(connection, msg(2, 2, read(2255)), msg(2, 2, answerRead(uris)))
    const [draft] = operations(connection, msg(3, 3, read(2258, 'Line1.SP')))
    expect(draft?.targets).toEqual(['node:i=2258', 'node:nsu=urn:acme%3B100%25;s=Line1.SP'])
  })

  test('a list without the namespace of the standard is none', () => {
    const connection = connectPlain()
    exchange(connection, msg(2, 2, read(2255)), msg(2, 2, answerRead(strings('urn:a', 'urn:b'))))
    expect(connection.server.namespaces).toEqual([])
  })

  test('BuildInfo is who the server says it is', () => {
    const connection = connectPlain()
    const text = (value: string) => new Wire().u8(1, 12).text(value)
    const { drafts, identities } = exchange(
      connection,
      msg(2, 2, read(2263, 2261, 2264)),
      msg(2, 2, answerRead(text('Acme'), text('PLC 7'), text('1.2.3'))),
    )
    expect(drafts[0]?.classes).toEqual(['identify'])
    expect(identities).toEqual([
      { of: 'server', attribute: 'vendor', value: 'Acme', confidence: 'A' },
      { of: 'server', attribute: 'model', value: 'PLC 7', confidence: 'A' },
      { of: 'server', attribute: 'firmware', value: '1.2.3', confidence: 'A' },
    ])
  })

  test('more nodes than are named are said to be more', () => {
    const many = read(...Array.from({ length: 1200 }, (_, i) => i + 1))
    const [draft] = operations(connectPlain(), msg(2, 2, many))
    expect(draft?.targets).toHaveLength(1000)
    expect(draft?.fields['opcua.items']).toBe(1200)
    expect(draft?.notAssessable).toEqual(['limit'])
  })
})

describe('Write and Call', () => {
  const write = new Wire().node(673).requestHeader().u32(2)
  write.named(2, 'Line1.SP').u32(13).text().u8(1, 11).f64(12.5)
  write.node(2994).u32(13).text().u8(1, 1, 0)

  test('one record per node with its value and its status', () => {
    const answer = new Wire().node(676).responseHeader().u32(2).u32(0).u32(0x801f0000).u32(0)
    const { drafts, answers } = exchange(
      connectPlain(),
      msg(2, 2, write.bytes),
      msg(2, 2, answer.bytes),
    )
    expect(drafts).toMatchObject([
      {
        action: 'Write',
        classes: ['write'],
        targets: ['node:ns=2;s=Line1.SP'],
        values: ['12.5'],
        numbers: [12.5],
        fields: {
          'opcua.node_id': 'ns=2;s=Line1.SP',
          'opcua.attribute': 'Value',
          'opcua.value_type': 'Double',
          'opcua.item': 1,
          'opcua.items': 2,
        },
      },
      { targets: ['node:i=2994'], values: ['false'], numbers: [0] },
    ])
    expect(answers).toMatchObject([
      { outcome: 'success', status: 'Good' },
      { outcome: 'failure', status: 'BadUserAccessDenied' },
    ])
  })

  test('the value is no part of the kind', () => {
    const other = new Wire().raw(write.octets)
    const kinds = [12.5, 99].map((value) => {
      const body = new Wire().node(673).requestHeader().u32(1)
      body.named(2, 'SP').u32(13).text().u8(1, 11).f64(value)
      return operations(connectPlain(), msg(2, 2, body.bytes))[0]?.kind
    })
    expect(kinds[0]).toBe(kinds[1])
    expect(operations(connectPlain(), msg(2, 2, other.bytes))[0]?.kind).not.toBe(kinds[0])
  })

  test('a fault is the answer of all items', () => {
    const fault = new Wire().node(397).responseHeader(0x80250000)
    const { answers } = exchange(connectPlain(), msg(2, 2, write.bytes), msg(2, 2, fault.bytes))
    expect(answers.map((answer) => answer?.status)).toEqual([
      'BadSessionIdInvalid',
      'BadSessionIdInvalid',
    ])
  })

  test('the answer to another service does not fit', () => {
    const { answers } = exchange(
      connectPlain(),
      msg(2, 2, write.bytes),
      msg(2, 2, answerRead(double(1))),
    )
    expect(answers).toEqual([undefined, undefined])
  })

  test('a method, its object, its arguments, and its name where Browse told it', () => {
    const connection = connectPlain()
    const browse = new Wire().node(527).requestHeader().u8(0, 0).u32(0).u32(0).u32(0).u32(0).u32(1)
    browse.named(2, 'Line1').u32(0).u8(0, 0).u8(1).u32(0).u32(63)
    const browsed = new Wire().node(530).responseHeader().u32(1).u32(0).text().u32(1)
    browsed.node(47).u8(1).named(2, 'Line1.Reset').u16(2).text('Reset').u8(0).u32(4).u8(0, 0).u32(0)
    exchange(connection, msg(2, 2, browse.bytes), msg(2, 2, browsed.bytes))
    const call = new Wire()
      .node(712)
      .requestHeader()
      .u32(1)
      .named(2, 'Line1')
      .named(2, 'Line1.Reset')
    call.u32(2).u8(12).text('now').u8(6).u32(3)
    const called = new Wire().node(715).responseHeader().u32(1).u32(0).u32(0).u32(0).u32(0).u32(0)
    const { drafts, answers } = exchange(connection, msg(3, 3, call.bytes), msg(3, 3, called.bytes))
    expect(drafts).toMatchObject([
      {
        action: 'Call',
        classes: ['command'],
        targets: ['method:ns=2;s=Line1.Reset'],
        values: ['now', '3'],
        fields: {
          'opcua.node_id': 'ns=2;s=Line1',
          'opcua.method_id': 'ns=2;s=Line1.Reset',
          'opcua.node_name': '2:Reset',
          'opcua.value_type': ['String', 'Int32'],
        },
      },
    ])
    expect(answers[0]?.outcome).toBe('success')
  })
})
