/** MQTT 3.1.1: CONNECT first, then telemetry, a PINGREQ from time to time. */
import type { Link, Writer } from '../writer.ts'
import { ACK, PUSH } from '../writer.ts'

const payload = Buffer.alloc(512)

export function mqtt(writer: Writer, link: Link, next: () => number): void {
  if (link.step === 0) {
    const id = `edge-${link.index}`
    const length =
      payload.write(`\x10${String.fromCharCode(12 + id.length)}`, 'latin1') +
      payload.write(`\0\x04MQTT\x04\x02\0\x3c\0${String.fromCharCode(id.length)}${id}`, 2, 'latin1')
    writer.segment(link, true, PUSH, payload, length)
    payload.write('\x20\x02\0\0', 'latin1')
    writer.segment(link, false, PUSH, payload, 4)
  } else if (link.step % 20 === 0) {
    payload.write('\xc0\0', 'latin1')
    writer.segment(link, true, PUSH, payload, 2)
    payload.write('\xd0\0', 'latin1')
    writer.segment(link, false, PUSH, payload, 2)
  } else {
    const topic = `plant/line${link.index % 20}/temp${link.step % 8}`
    const value = `{"v":${20 + (next() % 10)}}`
    const head = String.fromCharCode(0x30, 2 + topic.length + value.length, 0, topic.length)
    const length = payload.write(head + topic + value, 'latin1')
    writer.segment(link, true, PUSH, payload, length)
    writer.segment(link, false, ACK, payload, 0)
  }
}
