/** MQTT 3.1, 3.1.1 and 5.0, at a broker that all connections of a case share. */
import { join, pieces, u8, utf8 } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import { third } from '../link.ts'
import * as mqtt from '../mqtt.ts'
import type { Tape } from '../tape.ts'

const opened = (tape: Tape, clientPort = 50_000): Connection =>
  new Connection(tape, { serverPort: mqtt.MQTT_PORT, clientPort }).open()

/** Another machine that listens. */
function listener(tape: Tape): Connection {
  const options = { serverPort: mqtt.MQTT_PORT, client: third, clientPort: 50_100 }
  return new Connection(tape, options).open()
}

/** Version 5: no properties. */
const NONE = mqtt.properties()
/** Topic Alias (35), Topic Alias Maximum (34). */
const alias = (number: number): Uint8Array => mqtt.properties('23', u8(0, number))
const aliasMaximum = (number: number): Uint8Array => mqtt.properties('22', u8(0, number))

const sessions: readonly Case[] = [
  {
    name: 'mqtt/v3.1.1-session',
    play(tape) {
      opened(tape)
        .ask(
          mqtt.connect({
            level: 4,
            clientId: 'hmi-1',
            user: 'operator',
            password: 'hunter2',
            will: { topic: 'plant/hmi-1/state', payload: utf8('gone'), qos: 1, retain: true },
          }),
        )
        .answer(mqtt.connack(0))
        .ask(mqtt.publish({ topic: 'plant/press1/setpoint', payload: '42.5' }))
        .ask(mqtt.publish({ topic: 'plant/press1/mode', payload: 'auto', qos: 1, id: 10 }))
        .answer(mqtt.puback(10))
        .ask(mqtt.publish({ topic: 'plant/press1/recipe', payload: '{"id":7}', qos: 2, id: 11 }))
        .answer(mqtt.pubrec(11))
        .ask(mqtt.pubrel(11))
        .answer(mqtt.pubcomp(11))
        .ask(mqtt.subscribe(12, [['plant/press1/#', 1], ['$SYS/#', 0]]))
        // The second filter is refused (3.9.3).
        .answer(mqtt.suback(12, [1, 0x80]))
        .answer(mqtt.publish({ topic: 'plant/press1/temp', payload: '88', qos: 1, id: 1 }))
        .ask(mqtt.puback(1))
        .ask(mqtt.unsubscribe(13, ['plant/press1/#']))
        .answer(mqtt.unsuback(13))
        .ask(mqtt.pingreq())
        .answer(mqtt.pingresp())
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'mqtt/v5-session',
    play(tape) {
      opened(tape)
        .ask(
          mqtt.connect({
            level: 5,
            clientId: '',
            clean: false,
            // Session Expiry Interval (17), Authentication Method (21).
            properties: mqtt.properties('11 0000003C', '15', mqtt.text('SCRAM-SHA-1')),
          }),
        )
        // Continue authentication (4.12), twice.
        .answer(mqtt.auth(join('18', mqtt.properties('15', mqtt.text('SCRAM-SHA-1')))))
        .ask(mqtt.auth(join('18', mqtt.properties('15', mqtt.text('SCRAM-SHA-1')))))
        // Assigned Client Identifier (18).
        .answer(mqtt.connack(0, mqtt.properties('12', mqtt.text('auto-7F3A'))))
        .ask(mqtt.publish({ topic: 'plant/a', payload: '1', properties: NONE }))
        .ask(mqtt.publish({ topic: 'plant/b', payload: '2', qos: 1, id: 1, properties: NONE }))
        // No matching subscribers.
        .answer(mqtt.puback(1, '10'))
        .ask(mqtt.publish({ topic: 'plant/c', payload: '3', qos: 1, id: 2, properties: NONE }))
        // Not authorized, with a Reason String (31).
        .answer(mqtt.puback(2, join('87', mqtt.properties('1F', mqtt.text('no')))))
        .ask(mqtt.publish({ topic: 'plant/d', payload: '4', qos: 2, id: 3, properties: NONE }))
        .answer(mqtt.pubrec(3))
        .ask(mqtt.pubrel(3))
        .answer(mqtt.pubcomp(3))
        // Subscription Identifier (11); options: QoS 2, no local, retain as published.
        .ask(mqtt.subscribe(4, [['plant/+', 0x0e]], mqtt.properties('0B 05')))
        .answer(mqtt.suback(4, [2], NONE))
        .ask(mqtt.unsubscribe(5, ['plant/x'], NONE))
        // No subscription existed.
        .answer(mqtt.unsuback(5, join(NONE, '11')))
        .ask(mqtt.pingreq())
        .answer(mqtt.pingresp())
        // Server shutting down.
        .answer(mqtt.disconnect(join('8B', NONE)))
        .close()
    },
  },
  {
    name: 'mqtt/v3.1-session',
    play(tape) {
      opened(tape)
        .ask(mqtt.connect({ level: 3, clientId: 'old-gauge', keepAlive: 10 }))
        .answer(mqtt.connack(0))
        .ask(mqtt.publish({ topic: 'gauge', payload: '007.50' }))
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'mqtt/connection-refused',
    play(tape) {
      opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'guest', user: 'guest', password: 'guest' }))
        .answer(mqtt.connack(5))
        .close()
      opened(tape, 50_001)
        .ask(mqtt.connect({ level: 5, clientId: 'guest' }))
        .answer(mqtt.connack(0x86, NONE))
        .close()
    },
  },
]

const publications: readonly Case[] = [
  {
    name: 'mqtt/topic-alias',
    play(tape) {
      const topic = 'plant/press1/speed'
      opened(tape)
        .ask(mqtt.connect({ level: 5, clientId: 'edge', properties: aliasMaximum(2) }))
        .answer(mqtt.connack(0, aliasMaximum(3)))
        .ask(mqtt.publish({ topic, payload: '1', properties: alias(1) }))
        .ask(mqtt.publish({ topic: '', payload: '2', properties: alias(1) }))
        // The two directions number apart: 1 is another topic from the broker.
        .answer(mqtt.publish({ topic: 'plant/line/stop', payload: '0', properties: alias(1) }))
        .answer(mqtt.publish({ topic: '', payload: '1', properties: alias(1) }))
        .ask(mqtt.publish({ topic: '', payload: '3', properties: alias(1) }))
        // Given to another topic, then never given, then more than the broker allows.
        .ask(mqtt.publish({ topic: 'plant/press2/speed', payload: '4', properties: alias(1) }))
        .ask(mqtt.publish({ topic: '', payload: '5', properties: alias(1) }))
        .ask(mqtt.publish({ topic: '', payload: '6', properties: alias(3) }))
        .ask(mqtt.publish({ topic, payload: '7', properties: alias(4) }))
        .ask(mqtt.disconnect(join('00', NONE)))
        .close()
    },
  },
  {
    name: 'mqtt/wildcards-and-retained',
    play(tape) {
      const filters = [['plant/+/temp', 1], ['plant/#', 0], ['$share/g/line/+', 2]] as const
      opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'historian', clean: false }))
        .answer(mqtt.connack(0))
        .ask(mqtt.subscribe(1, filters))
        .answer(mqtt.suback(1, [1, 0, 2]))
        // What was retained comes at once (3.3.1.3).
        .answer(
          mqtt.publish({ topic: 'plant/press1/temp', payload: '88', qos: 1, id: 1, retain: true }),
        )
        .ask(mqtt.puback(1))
        .answer(
          mqtt.publish({
            topic: 'plant/press1/temp',
            payload: '89',
            qos: 2,
            id: 2,
          }),
        )
        .ask(mqtt.pubrec(2))
        .answer(mqtt.pubrel(2))
        .ask(mqtt.pubcomp(2))
        // A retained message without payload deletes what was retained.
        .ask(mqtt.publish({ topic: 'plant/press1/temp', retain: true }))
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'mqtt/repeated-publish',
    play(tape) {
      const once = { topic: 'plant/valve', payload: 'open', qos: 1, id: 5 } as const
      opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'valve' }))
        .answer(mqtt.connack(0))
        .ask(mqtt.publish(once))
        .ask(mqtt.publish({ ...once, dup: true }))
        .answer(mqtt.puback(5))
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'mqtt/will',
    play(tape) {
      const topic = 'plant/press1/state'
      const listens = listener(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'watch' }))
        .answer(mqtt.connack(0))
        .ask(mqtt.subscribe(1, [[topic, 0]]))
        .answer(mqtt.suback(1, [0]))
      const dies = opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'press1', will: { topic, payload: utf8('lost') } }))
        .answer(mqtt.connack(0))
      dies.reset('client')
      listens.answer(mqtt.publish({ topic, payload: 'lost' }))
    },
  },
  {
    name: 'mqtt/payloads',
    play(tape) {
      const topic = 'p'
      const payloads: readonly (string | Uint8Array)[] = [
        '',
        '{"on":true}',
        '[1,2]',
        'true',
        '-12.50',
        '9007199254740993',
        '1e3',
        'Grüße',
        Uint8Array.of(0, 1, 2, 255),
        'long '.repeat(60),
      ]
      const connection = opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'mixed' }))
        .answer(mqtt.connack(0))
      for (const payload of payloads) connection.ask(mqtt.publish({ topic, payload }))
      connection.ask(mqtt.disconnect()).close()
    },
  },
]

const oddities: readonly Case[] = [
  {
    name: 'mqtt/midstream-start',
    play(tape) {
      new Connection(tape, { serverPort: mqtt.MQTT_PORT })
        .ask(mqtt.publish({ topic: 'plant/a', payload: '1' }))
        .ask(mqtt.publish({ topic: 'plant/a', payload: '2', qos: 1, id: 1 }))
        .answer(mqtt.puback(1))
        .answer(mqtt.publish({ topic: 'plant/b', payload: '3' }))
    },
  },
  {
    name: 'mqtt/midstream-alias',
    play(tape) {
      // Version 5 shows by its properties; the topic of the alias was named before.
      const connection = new Connection(tape, { serverPort: mqtt.MQTT_PORT })
      for (let i = 0; i < 4; i++) {
        connection.ask(mqtt.publish({ topic: 'plant/a', payload: '1', properties: NONE }))
      }
      connection.ask(mqtt.publish({ topic: '', payload: '2', properties: alias(7) }))
    },
  },
  {
    name: 'mqtt/client-id-taken-over',
    play(tape) {
      const first = opened(tape)
        .ask(mqtt.connect({ level: 5, clientId: 'press1' }))
        .answer(mqtt.connack(0, NONE))
      const second = listener(tape)
        .ask(mqtt.connect({ level: 5, clientId: 'press1' }))
        .answer(mqtt.connack(0, NONE))
      // Session taken over (4.13).
      first.answer(mqtt.disconnect(join('8E', NONE))).close()
      second.ask(mqtt.publish({ topic: 'plant/press1', payload: '1', properties: NONE })).close()
    },
  },
  {
    name: 'mqtt/packets-in-one-segment',
    play(tape) {
      const all = join(
        mqtt.connect({ level: 4, clientId: 'fast' }),
        mqtt.publish({ topic: 'a', payload: '1' }),
        mqtt.publish({ topic: 'b', payload: '2', qos: 1, id: 1 }),
        mqtt.pingreq(),
      )
      opened(tape)
        .ask(all)
        .answer(mqtt.connack(0), mqtt.puback(1), mqtt.pingresp())
        .ask(mqtt.disconnect())
        .close()
    },
  },
  {
    name: 'mqtt/packets-in-single-bytes',
    play(tape) {
      const connection = opened(tape)
      const all = join(
        mqtt.connect({ level: 4, clientId: 'slow' }),
        mqtt.publish({ topic: 'a', payload: '1' }),
      )
      for (const byte of pieces(all, 1)) connection.data('client', byte)
      connection.answer(mqtt.connack(0)).ask(mqtt.disconnect()).close()
    },
  },
  {
    name: 'mqtt/malformed',
    play(tape) {
      opened(tape)
        .ask(mqtt.connect({ level: 4, clientId: 'odd' }))
        .answer(mqtt.connack(0))
        // Topic Names: a wildcard (4.7.1), no UTF-8 (1.5.3), none at all.
        .ask(mqtt.publish({ topic: 'plant/#', payload: '1' }))
        .ask(mqtt.publish({ topic: Uint8Array.of(0x70, 0xff), payload: '2' }))
        .ask(mqtt.publish({ topic: '', payload: '3' }))
        // QoS 3 (3.3.1.2), DUP at QoS 0, Packet Identifier 0.
        .ask(mqtt.publish({ topic: 'a', payload: '4', qos: 3, id: 1 }))
        .ask(mqtt.publish({ topic: 'a', payload: '5', dup: true }))
        .ask(mqtt.publish({ topic: 'a', payload: '6', qos: 1, id: 0 }))
        // SUBSCRIBE with flags 0 (3.8.1), and with QoS 3.
        .ask(mqtt.packet(0x80, '0002', mqtt.text('a'), '00'))
        .answer(mqtt.suback(2, [0]))
        .ask(mqtt.subscribe(3, [['a', 3]]))
        .answer(mqtt.suback(3, [0x80]))
        // A Remaining Length in more bytes than it needs (1.5.5).
        .ask('C0 80 00')
        // A second CONNECT (3.1).
        .ask(mqtt.connect({ level: 4, clientId: 'other' }))
        .ask(mqtt.publish({ topic: 'a', payload: '7' }))
        .close()
    },
  },
]

export const mqttCases: readonly Case[] = [...sessions, ...publications, ...oddities]
