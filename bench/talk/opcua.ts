/**
 * OPC UA without security: a session that reads lists of nodes and is told of changes, with a
 * write from time to time (OPC 10000-6, 7.1 and 6.7; ids of its NodeIds.csv).
 */
import type { Link, Writer } from '../writer.ts'
import { PUSH } from '../writer.ts'
import { Wire } from '../wire.ts'

const WRITE_EVERY = 40
const NODES = 3
const LISTS = 4
const CHANNEL = 5
const SUBSCRIPTION = 9
const LOCAL_ID = { open: 446, opened: 449, create: 461, created: 464, activate: 467 }
const ID = { ...LOCAL_ID, activated: 470, read: 631, said: 634, write: 673, written: 676 }
const PUBLISH = 826
const PUBLISHED = 829
const DATA_CHANGE = 811
const ANONYMOUS = 321

const wire = new Wire()

function text(value?: string): Wire {
  if (value === undefined) return wire.u32(-1)
  return wire.u32(value.length).latin1(value)
}

/** Four-byte NodeId (Part 6, 5.2.2.9). */
function node(id: number, namespace = 0): Wire {
  return wire.u8(1, namespace).u16(id)
}

function begin(type: string): Wire {
  return wire.reset().latin1(type).u32(0)
}

function message(link: Link, type: number, type3 = 'MSG'): Wire {
  begin(`${type3}F`).u32(CHANNEL)
  if (type3 === 'MSG') wire.u32(1)
  else {
    text('http://opcfoundation.org/UA/SecurityPolicy#None')
    text()
    text()
  }
  const sequence = link.step + 1
  wire.u32(sequence).u32(sequence)
  return node(type)
}

function time(): Wire {
  return wire.u32(0x9e3779b1).u32(0x01dc0000)
}

function requestHeader(link: Link, isSession = true): Wire {
  if (isSession) node(1000 + (link.index % 60_000), 1)
  else wire.u8(0, 0)
  time().u32(link.step).u32(0)
  return text().u32(5000).u8(0, 0, 0)
}

function responseHeader(link: Link): Wire {
  return time().u32(link.step).u32(0).u8(0).u32(-1).u8(0, 0, 0)
}

function send(writer: Writer, link: Link, fromClient: boolean): void {
  wire.bytes.writeUInt32LE(wire.length, 4)
  writer.segment(link, fromClient, PUSH, wire.bytes, wire.length)
}

type Said = () => Wire

function ask(writer: Writer, link: Link, request: Said, response: Said, next: () => number): void {
  request()
  send(writer, link, true)
  writer.wait(1 + (next() % 40))
  response()
  send(writer, link, false)
}

/** Double with the time of its source (Part 6, 5.2.2.17). */
function value(next: () => number): Wire {
  wire.u8(5, 11).f64(20 + (next() % 1000) / 10)
  return time()
}

function nodeOf(link: Link, item: number): Wire {
  const name = `Line${link.index % 20}.Pump${(link.step % LISTS) * NODES + item}.Speed`
  return wire.u8(3).u16(2).u32(name.length).latin1(name)
}

function createSession(link: Link): Wire {
  message(link, ID.create)
  requestHeader(link, false)
  text(`urn:client:${link.index}`)
  text()
  // ApplicationName without locale, client, no gateway, profile or urls.
  wire.u8(0).u32(1)
  text()
  text()
  wire.u32(-1)
  text()
  text(`opc.tcp://plc${link.index}:4840`)
  text(`session ${link.index}`)
  text()
  text()
  return wire.f64(60_000).u32(0)
}

function sessionCreated(link: Link): Wire {
  message(link, ID.created)
  responseHeader(link)
  node(2000, 1)
  node(1000 + (link.index % 60_000), 1)
  wire.f64(60_000)
  text()
  text()
  wire.u32(-1).u32(-1)
  text()
  text()
  return wire.u32(0)
}

function activate(link: Link): Wire {
  message(link, ID.activate)
  requestHeader(link)
  text()
  text()
  wire.u32(-1).u32(-1)
  node(ANONYMOUS).u8(1).u32(13)
  text('anonymous')
  text()
  return text()
}

function hello(link: Link): Wire {
  begin('HELF').u32(0).u32(65_536).u32(65_536).u32(0).u32(0)
  return text(`opc.tcp://plc${link.index}:4840`)
}

function opened(link: Link): Wire {
  message(link, ID.opened, 'OPN')
  responseHeader(link).u32(0).u32(CHANNEL).u32(1)
  time().u32(3_600_000)
  return text()
}

function open(link: Link): Wire {
  message(link, ID.open, 'OPN')
  requestHeader(link, false).u32(0).u32(0).u32(1)
  return text().u32(3_600_000)
}

function read(link: Link): Wire {
  message(link, ID.read)
  requestHeader(link).f64(0).u32(2).u32(NODES)
  for (let i = 0; i < NODES; i++) {
    nodeOf(link, i).u32(13).u32(-1).u16(0).u32(-1)
  }
  return wire
}

function said(link: Link, next: () => number): Wire {
  message(link, ID.said)
  responseHeader(link).u32(NODES)
  for (let i = 0; i < NODES; i++) value(next)
  return wire.u32(-1)
}

function publish(link: Link): Wire {
  message(link, PUBLISH)
  return requestHeader(link).u32(1).u32(SUBSCRIPTION).u32(link.step)
}

function published(link: Link, next: () => number): Wire {
  message(link, PUBLISHED)
  responseHeader(link).u32(SUBSCRIPTION).u32(0).u8(0).u32(link.step)
  time().u32(1)
  node(DATA_CHANGE).u8(1)
  const lengthAt = wire.length
  wire.u32(0).u32(NODES)
  for (let i = 0; i < NODES; i++) {
    wire.u32(i + 1)
    value(next)
  }
  wire.u32(-1)
  wire.bytes.writeUInt32LE(wire.length - lengthAt - 4, lengthAt)
  return wire.u32(1).u32(0).u32(-1)
}

function write(link: Link, next: () => number): Wire {
  message(link, ID.write)
  requestHeader(link).u32(1)
  nodeOf(link, 0).u32(13).u32(-1)
  return wire.u8(1, 11).f64(50 + (next() % 20))
}

export function opcua(writer: Writer, link: Link, next: () => number): void {
  const { step } = link
  const result = (type: number): Wire => {
    message(link, type)
    return responseHeader(link)
  }
  const talk = (request: Said, response: Said) => ask(writer, link, request, response, next)
  if (step === 0) {
    const acknowledge = () => begin('ACKF').u32(0).u32(65_536).u32(65_536).u32(0).u32(0)
    talk(() => hello(link), acknowledge)
  } else if (step === 1) {
    talk(
      () => open(link),
      () => opened(link),
    )
  } else if (step === 2) {
    talk(
      () => createSession(link),
      () => sessionCreated(link),
    )
  } else if (step === 3) {
    const activated = () => {
      result(ID.activated)
      return text().u32(-1).u32(-1)
    }
    talk(() => activate(link), activated)
  } else if (step % WRITE_EVERY === 0) {
    talk(
      () => write(link, next),
      () => result(ID.written).u32(1).u32(0).u32(-1),
    )
  } else if (step % 2 === 0) {
    talk(
      () => read(link),
      () => said(link, next),
    )
  } else {
    talk(
      () => publish(link),
      () => published(link, next),
    )
  }
}
