/** Sparkplug B: an edge node, a host application, and the broker between them. */
import { u8, utf8 } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import { third } from '../link.ts'
import * as mqtt from '../mqtt.ts'
import * as sp from '../sparkplug.ts'
import type { Metric } from '../sparkplug.ts'
import type { Tape } from '../tape.ts'

/** 2026-01-05, 08:00:00 UTC. */
const NOW = Date.UTC(2026, 0, 5, 8)

const topic = (type: string, device = ''): string =>
  `spBv1.0/Plant/${type}/Edge1${device === '' ? '' : `/${device}`}`

const bdSeq = (number: number): Metric => ({
  name: 'bdSeq',
  datatype: sp.Int64,
  value: sp.long(BigInt(number)),
})

/** Of a node: its session's number, what it takes, what it is, what it measures (6.4.7). */
const nodeMetrics: readonly Metric[] = [
  { name: 'Node Control/Rebirth', alias: 0, datatype: sp.Boolean, value: sp.bool(false) },
  { name: 'Properties/Hardware Make', datatype: sp.String, value: sp.string('Example Works') },
  { name: 'Properties/Hardware Model', datatype: sp.String, value: sp.string('Edge 7') },
  { name: 'Properties/FW', datatype: sp.String, value: sp.string('1.2') },
  { name: 'Supply', alias: 1, datatype: sp.Float, value: sp.float(23.5) },
  { name: 'Offset', alias: 2, datatype: sp.Int8, value: sp.int(0xff) },
]

const deviceMetrics: readonly Metric[] = [
  { name: 'Speed', alias: 10, datatype: sp.Double, value: sp.double(1450) },
  { name: 'Running', alias: 11, datatype: sp.Boolean, value: sp.bool(true) },
  { name: 'Parts', alias: 12, datatype: sp.UInt64, value: sp.long(9_007_199_254_740_993n) },
  { name: 'Fault', alias: 13, datatype: sp.String, value: sp.nothing() },
]

function publish(type: string, device: string, payload: Uint8Array): Uint8Array {
  return mqtt.publish({ topic: topic(type, device), payload })
}

const dead = (number: number): Uint8Array => sp.payload(NOW, undefined, bdSeq(number))

/** Connected, with its death as will (6.4.21), and born. */
function edge(tape: Tape, session: number, clientPort = 50_000): Connection {
  return new Connection(tape, { serverPort: mqtt.MQTT_PORT, clientPort })
    .open()
    .ask(
      mqtt.connect({
        level: 4,
        clientId: 'edge-1',
        will: { topic: topic('NDEATH'), payload: dead(session), qos: 1 },
      }),
    )
    .answer(mqtt.connack(0))
    .ask(publish('NBIRTH', '', sp.payload(NOW, 0, bdSeq(session), ...nodeMetrics)))
}

function host(tape: Tape): Connection {
  const state = (online: boolean): string => JSON.stringify({ online, timestamp: NOW })
  const name = 'spBv1.0/STATE/scada-1'
  return new Connection(tape, { serverPort: mqtt.MQTT_PORT, client: third, clientPort: 50_100 })
    .open()
    .ask(
      mqtt.connect({
        level: 4,
        clientId: 'scada-1',
        user: 'scada',
        password: 'hunter2',
        will: { topic: name, payload: utf8(state(false)), qos: 1, retain: true },
      }),
    )
    .answer(mqtt.connack(0))
    .ask(mqtt.subscribe(1, [['spBv1.0/#', 0]]))
    .answer(mqtt.suback(1, [0]))
    .ask(mqtt.publish({ topic: name, payload: state(true), retain: true }))
}

export const sparkplugCases: readonly Case[] = [
  {
    name: 'sparkplug/births-and-data',
    play(tape) {
      edge(tape, 0)
        .ask(publish('DBIRTH', 'Press', sp.payload(NOW + 1, 1, ...deviceMetrics)))
        // By alias, without a datatype (6.4.8).
        .ask(publish('NDATA', '', sp.payload(NOW + 2, 2, { alias: 1, value: sp.float(24) })))
        .ask(
          publish(
            'DDATA',
            'Press',
            sp.payload(NOW + 3, 3, { alias: 10, value: sp.double(1460) }, {
              alias: 12,
              value: sp.long(9_007_199_254_740_994n),
            }),
          ),
        )
        .ask(publish('DDEATH', 'Press', sp.payload(NOW + 4, 4)))
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'sparkplug/commands-by-a-host',
    play(tape) {
      const born = edge(tape, 0).ask(
        publish('DBIRTH', 'Press', sp.payload(NOW + 1, 1, ...deviceMetrics)),
      )
      const scada = host(tape)
      const rebirth = { name: 'Node Control/Rebirth', datatype: sp.Boolean, value: sp.bool(true) }
      const ncmd = publish('NCMD', '', sp.payload(NOW + 2, undefined, rebirth))
      scada.ask(ncmd)
      born.answer(ncmd)
      // Two metrics by alias: the names are those of the birth on the other connection.
      const set = [
        { alias: 10, value: sp.double(1500) },
        { alias: 11, value: sp.bool(false) },
      ]
      const dcmd = publish('DCMD', 'Press', sp.payload(NOW + 3, undefined, ...set))
      scada.ask(dcmd)
      born.answer(dcmd)
      // An alias that no birth has named; a signed number; an array.
      const odd = [
        { alias: 99, value: sp.int(1) },
        { name: 'Offset', datatype: sp.Int8, value: sp.int(0xfe) },
        { name: 'Curve', datatype: sp.Int16Array, value: sp.array(u8(1, 0, 0xff, 0xff)) },
      ]
      scada.ask(publish('NCMD', '', sp.payload(NOW + 4, undefined, ...odd)))
      scada.close()
      born.close()
    },
  },
  {
    name: 'sparkplug/delivered-to-a-host',
    play(tape) {
      const scada = host(tape)
      const born = edge(tape, 0)
      const birth = publish('NBIRTH', '', sp.payload(NOW, 0, bdSeq(0), ...nodeMetrics))
      scada.answer(birth)
      const data = publish('NDATA', '', sp.payload(NOW + 1, 1, { alias: 1, value: sp.float(24) }))
      born.ask(data)
      scada.answer(data)
      scada.close()
      born.close()
    },
  },
  {
    name: 'sparkplug/node-death',
    play(tape) {
      const scada = host(tape)
      const death = (session: number) => publish('NDEATH', '', dead(session))
      edge(tape, 4).reset('client')
      scada.answer(death(4))
      // Born again with the next number; a death of the session before comes late (6.4.21).
      const again = edge(tape, 5, 50_001)
      scada.answer(death(4))
      again.close()
      scada.close()
    },
  },
  {
    name: 'sparkplug/sequence-gap',
    play(tape) {
      const data = (seq: number): Uint8Array =>
        publish('NDATA', '', sp.payload(NOW + seq, seq, { alias: 1, value: sp.float(seq) }))
      const born = edge(tape, 0).ask(data(1))
      // 2 is missing, then 6 to 254; 255 is followed by 0 (6.4.5).
      born.ask(data(3))
      for (const seq of [4, 5, 255]) born.ask(data(seq))
      born.ask(publish('NDATA', '', sp.payload(NOW + 256, 0, { alias: 1, value: sp.float(0) })))
      born.close()
    },
  },
  {
    name: 'sparkplug/data-before-birth',
    play(tape) {
      const data = (seq: number): Uint8Array =>
        publish('NDATA', '', sp.payload(NOW + seq, seq, { alias: 1, value: sp.float(seq) }))
      new Connection(tape, { serverPort: mqtt.MQTT_PORT }).ask(data(7)).ask(data(8)).ask(data(9))
    },
  },
  {
    name: 'sparkplug/broken-payload',
    play(tape) {
      const whole = sp.payload(NOW, 1, { alias: 1, value: sp.float(24) })
      edge(tape, 0)
        .ask(publish('NDATA', '', whole.subarray(0, whole.length - 4)))
        // No Sparkplug topic although it begins like one: DDATA without a device.
        .ask(publish('DDATA', '', whole))
        .close()
    },
  },
]
