/** OPC UA in mode None, where everything can be read: one session after the other. */
import { join } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import * as ua from '../opcua.ts'
import { ENDPOINT, UaSession } from '../opcua-session.ts'
import type { Tape } from '../tape.ts'
import { PRESS, SETPOINT, SUBSCRIPTION, refused } from './opcua-services.ts'

const INTERLOCK = ua.named(2, 'Line1.Press.Interlock')
const START = ua.named(2, 'Line1.Press.Start')

/** Attribute ids (Part 6, A.1). */
const VALUE = ua.u32(13)
/** Status codes (Part 6, A.2). */
const BAD_USER_ACCESS_DENIED = 0x801f0000
const BAD_NODE_ID_UNKNOWN = 0x80340000
const BAD_SERVICE_UNSUPPORTED = 0x800b0000
const BAD_INVALID_ARGUMENT = 0x80ab0000
const BAD_IDENTITY_TOKEN_REJECTED = 0x80210000
const BAD_REQUEST_TOO_LARGE = 0x80b80000
const BAD_TCP_ENDPOINT_URL_INVALID = 0x80830000
const NO_DIAGNOSTICS = ua.array()

/** ReadValueId (Part 4, 7.29). */
const value = (node: Uint8Array): Uint8Array =>
  join(node, VALUE, ua.text(), ua.qualified(0))

/** Read (5.11.2): any age, both times. */
function read(session: UaSession, ...nodes: readonly Uint8Array[]): UaSession {
  return session.ask(631, ua.f64(0), ua.u32(2), ua.array(...nodes.map(value)))
}

function values(session: UaSession, ...results: readonly Uint8Array[]): UaSession {
  return session.answer(634, ua.array(...results), NO_DIAGNOSTICS)
}

/** WriteValue (5.11.4.2). */
function writeValue(node: Uint8Array, written: Uint8Array): Uint8Array {
  return join(node, VALUE, ua.text(), ua.dataValue(written))
}

function connected(tape: Tape): { connection: Connection; session: UaSession } {
  const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT }).open()
  const session = new UaSession(connection).channel().session().activated()
  return { connection, session }
}

const statuses = (...codes: readonly number[]): Uint8Array => ua.array(...codes.map(ua.u32))

/** NamespaceArray, then the parts of BuildInfo (Part 5, 6.3.1; ids Part 6, A.3). */
function introductions(session: UaSession): void {
  const uris = ['http://opcfoundation.org/UA/', 'urn:press1.example:plc', 'urn:example:line']
  read(session, ua.node(2255))
  values(session, ua.dataValue(ua.variants(12, ...uris.map((uri) => ua.text(uri)))))
  read(session, ua.node(2263), ua.node(2261), ua.node(2264))
  const said = ['Example Works', 'Press controller', '3.1.4']
  values(session, ...said.map((one) => ua.dataValue(ua.variant(12, ua.text(one)))))
}

function attributes(session: UaSession): void {
  read(session, SETPOINT, INTERLOCK)
  values(
    session,
    ua.dataValue(ua.variant(11, ua.f64(42.5))),
    ua.dataValue(ua.variant(1, ua.bool(true))),
  )
  // One node that is there, one that is not.
  read(session, SETPOINT, ua.named(2, 'nowhere'))
  values(
    session,
    ua.dataValue(ua.variant(11, ua.f64(42.5))),
    ua.dataValue(undefined, BAD_NODE_ID_UNKNOWN),
  )
  // Write (5.11.4): one item is written, one is denied.
  const items = [
    writeValue(SETPOINT, ua.variant(11, ua.f64(55.25))),
    writeValue(INTERLOCK, ua.variant(1, ua.bool(false))),
  ]
  session.ask(673, ua.array(...items))
  session.answer(676, statuses(0, BAD_USER_ACCESS_DENIED), NO_DIAGNOSTICS)
  // A whole array of 64-bit numbers, which a double would not hold.
  const large = [9_007_199_254_740_993n, -1n].map((one) => ua.le(8, one))
  session.ask(673, ua.array(writeValue(ua.node(77, 2), ua.variants(8, ...large))))
  session.answer(676, statuses(0), NO_DIAGNOSTICS)
}

/** Call (5.12.2): the first method runs, the second refuses its argument. */
function call(session: UaSession): void {
  const methods = [
    join(PRESS, START, ua.array(ua.variant(6, ua.u32(3)), ua.variant(12, ua.text('batch 7')))),
    join(PRESS, ua.named(2, 'Line1.Press.Stop'), ua.array()),
  ]
  session.ask(712, ua.array(...methods))
  const results = [0, BAD_INVALID_ARGUMENT].map((code) =>
    join(ua.u32(code), ua.array(), NO_DIAGNOSTICS, ua.array()),
  )
  session.answer(715, ua.array(...results), NO_DIAGNOSTICS)
}

/** Browse (5.9.2) of the press: its setpoint gets a name; then BrowseNext (5.9.3). */
function browse(session: UaSession): void {
  const view = join(ua.NULL_NODE, ua.NO_TIME, ua.u32(0))
  // BrowseDescription: forward, hierarchical references (i=33), all classes, all fields.
  const what = join(PRESS, ua.u32(0), ua.node(33), ua.bool(true), ua.u32(0), ua.u32(63))
  session.ask(527, view, ua.u32(1), ua.array(what))
  const point = Uint8Array.of(1, 2, 3)
  session.answer(530, ua.array(browsed(point, SETPOINT, 'Setpoint')), NO_DIAGNOSTICS)
  session.ask(533, ua.bool(false), ua.array(ua.text(point)))
  session.answer(536, ua.array(browsed(undefined, INTERLOCK, 'Interlock')), NO_DIAGNOSTICS)
  session.ask(673, ua.array(writeValue(SETPOINT, ua.variant(11, ua.f64(1)))))
  session.answer(676, statuses(0), NO_DIAGNOSTICS)
}

/** BrowseResult (7.7) with one ReferenceDescription (7.30): a component that is a variable. */
function browsed(point: Uint8Array | undefined, node: Uint8Array, name: string): Uint8Array {
  const names = join(ua.qualified(2, name), ua.localized(name))
  const reference = join(ua.node(47), ua.bool(true), node, names, ua.u32(2), ua.node(63))
  return join(ua.u32(0), ua.text(point), ua.array(reference))
}

/** MonitoredItemCreateRequest (5.13.2.2): reporting, a client handle, each 500 ms. */
function monitored(node: Uint8Array, handle: number): Uint8Array {
  const parameters = [ua.u32(handle), ua.f64(500), ua.NO_EXTENSION, ua.u32(1), ua.bool(true)]
  return join(value(node), ua.u32(2), ...parameters)
}

function subscribe(session: UaSession): void {
  // CreateSubscription (5.14.2).
  session.ask(787, ua.f64(500), ua.u32(60), ua.u32(20), ua.u32(0), ua.bool(true), ua.byte(0))
  session.answer(790, ua.u32(SUBSCRIPTION), ua.f64(500), ua.u32(60), ua.u32(20))
  // CreateMonitoredItems (5.13.2): the second is refused.
  const items = [monitored(SETPOINT, 101), monitored(ua.named(2, 'nowhere'), 102)]
  session.ask(751, ua.u32(SUBSCRIPTION), ua.u32(2), ua.array(...items))
  const results = [0, BAD_NODE_ID_UNKNOWN].map((code, i) =>
    join(ua.u32(code), ua.u32(i + 1), ua.f64(500), ua.u32(1), ua.NO_EXTENSION),
  )
  session.answer(754, ua.array(...results), NO_DIAGNOSTICS)
}

/** DataChangeNotification (7.25.2) in a NotificationMessage (7.26), for the Publish `request`. */
function published(session: UaSession, request: number, number: number, measured: number): void {
  const changes = join(ua.u32(101), ua.dataValue(ua.variant(11, ua.f64(measured))))
  const data = ua.extension(811, ua.array(changes), NO_DIAGNOSTICS)
  const notification = join(ua.u32(number), ua.NO_TIME, ua.array(data))
  const head = [ua.u32(SUBSCRIPTION), ua.array(ua.u32(number)), ua.bool(false)]
  session.answerTo(request, 829, ...head, notification, ua.array(), NO_DIAGNOSTICS)
}

export const opcuaCases: readonly Case[] = [
  {
    name: 'opcua/session',
    play(tape) {
      const { connection, session } = connected(tape)
      introductions(session)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/read-and-write',
    play(tape) {
      const { connection, session } = connected(tape)
      attributes(session)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/namespaces-resolved',
    play(tape) {
      const { connection, session } = connected(tape)
      introductions(session)
      attributes(session)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/call',
    play(tape) {
      const { connection, session } = connected(tape)
      call(session)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/browse',
    play(tape) {
      const { connection, session } = connected(tape)
      browse(session)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/subscription',
    play(tape) {
      const { connection, session } = connected(tape)
      subscribe(session)
      // Two Publish requests wait (5.14.5); the second is still unanswered at the end.
      session.ask(826, ua.array())
      const first = session.request
      session.ask(826, ua.array())
      const second = session.request
      tape.wait(500)
      published(session, first, 1, 42.5)
      const acknowledged = join(ua.u32(SUBSCRIPTION), ua.u32(1))
      session.ask(826, ua.array(acknowledged))
      tape.wait(500)
      published(session, second, 2, 43.5)
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/chunked-message',
    play(tape) {
      const { connection, session } = connected(tape)
      const items = Array.from({ length: 4 }, (_, i) =>
        writeValue(ua.node(100 + i, 2), ua.variant(6, ua.u32(i))),
      )
      session.askInChunks(60, 673, ua.array(...items))
      session.answerInChunks(30, 676, join(statuses(0, 0, 0, 0), NO_DIAGNOSTICS))
      // An abort (6.7.3) ends a message that is never read.
      const abort = join(ua.u32(BAD_REQUEST_TOO_LARGE), ua.text('too large'))
      session.askInChunks(60, 673, ua.array(...items), abort)
      read(session, SETPOINT)
      values(session, ua.dataValue(ua.variant(11, ua.f64(42.5))))
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/user-name-rejected',
    play(tape) {
      const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT }).open()
      // UserNameIdentityToken (7.40.4): policy, user, password in the clear, no algorithm.
      const password = Uint8Array.from(Buffer.from('hunter2'))
      const user = ua.extension(
        324,
        ua.text('user'),
        ua.text('operator'),
        ua.text(password),
        ua.text(),
      )
      new UaSession(connection).channel().session(user).fault(BAD_IDENTITY_TOKEN_REJECTED)
      connection.close()
    },
  },
  {
    name: 'opcua/discovery-only',
    play(tape) {
      const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT }).open()
      const session = new UaSession(connection).channel()
      session.ask(428, ua.text(ENDPOINT), ua.array(), ua.array()).answer(431, ua.array())
      session.leave()
      connection.close()
    },
  },
  {
    name: 'opcua/register-server',
    play(tape) {
      // A server tells a discovery server that it is there (5.5.5, 5.5.6), without a session.
      const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT }).open()
      const session = new UaSession(connection).channel()
      const urls = ua.array(ua.text(ENDPOINT))
      const server = [
        ua.text('urn:press1.example:plc'),
        ua.text('urn:example:plc'),
        ua.array(ua.localized('Press 1')),
        ua.u32(0),
        ua.text(),
        urls,
        ua.text(),
        ua.bool(true),
      ]
      session.ask(437, ...server).answer(440)
      session.ask(12_211, ...server, ua.array()).answer(12_212, ua.array(), NO_DIAGNOSTICS)
      session.leave()
      connection.close()
    },
  },
  {
    name: 'opcua/services-refused',
    play(tape) {
      const { connection, session } = connected(tape)
      for (const [encoding, ...body] of refused) {
        session.ask(encoding, ...body).fault(BAD_SERVICE_UNSUPPORTED)
      }
      session.close()
      connection.close()
    },
  },
  {
    name: 'opcua/hello-refused',
    play(tape) {
      const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT }).open()
      connection
        .ask(ua.hello('opc.tcp://other.example:4840'))
        .answer(ua.error(BAD_TCP_ENDPOINT_URL_INVALID, 'unknown endpoint'))
        .close()
    },
  },
  {
    name: 'opcua/reverse-hello',
    play(tape) {
      // The server opens the connection (7.1.3); the client listens on 48060.
      const connection = new Connection(tape, { serverPort: 48_060 }).open()
      const [byServer, byClient] = [connection.ask.bind(connection), connection.answer.bind(connection)]
      byServer(ua.reverseHello('urn:press1.example:plc', ENDPOINT))
      byClient(ua.hello(ENDPOINT))
      byServer(ua.acknowledge())
      connection.close()
    },
  },
  {
    name: 'opcua/midstream-start',
    play(tape) {
      const connection = new Connection(tape, { serverPort: ua.OPCUA_PORT })
      const session = new UaSession(connection)
      session.resumed()
      read(session, SETPOINT)
      values(session, ua.dataValue(ua.variant(11, ua.f64(42.5))))
      session.ask(673, ua.array(writeValue(SETPOINT, ua.variant(11, ua.f64(55.25)))))
      session.answer(676, statuses(0), NO_DIAGNOSTICS)
    },
  },
]
