/** Sparkplug B: a birth with five metrics, then data that names them by alias. */
import type { Link, Writer } from '../writer.ts'
import { ACK, PUSH } from '../writer.ts'
import { Wire } from '../wire.ts'

const METRICS = 5
const START_MS = 1_767_225_600_000
/** Types of sparkplug_b.proto, 6.4.16: Int64 and Double. */
const [INT64, DOUBLE] = [4, 10] as const

const payload = new Wire()
const metric = new Wire()
const packet = new Wire()

function body(link: Link, isBirth: boolean, next: () => number): Wire {
  const time = START_MS + link.step * 100
  payload.reset().varint(8).varint(time)
  if (isBirth) put(metric.reset().u8(0x0a, 5).latin1('bdSeq').u8(0x20, INT64, 0x58, 0))
  for (let i = 0; i < METRICS; i++) {
    metric.reset()
    if (isBirth) metric.u8(0x0a, 8).latin1(`Speed/0${i}`)
    metric.varint(16).varint(i + 1)
    metric.varint(24).varint(time)
    if (isBirth) metric.u8(0x20, DOUBLE)
    put(metric.u8(0x69).f64(20 + (next() % 100) / 10))
  }
  return payload.u8(0x18).varint(isBirth ? 0 : (link.step - 1) % 256)
}

function put(one: Wire): void {
  payload.u8(0x12).varint(one.length)
  payload.length += one.bytes.copy(payload.bytes, payload.length, 0, one.length)
}

export function sparkplug(writer: Writer, link: Link, next: () => number): void {
  const { step, index } = link
  if (step === 0) {
    const id = `edge-${index}`
    const topic = `spBv1.0/plant/NDEATH/edge${index}`
    const will = payload.reset().u8(0x12, 0x0b, 0x0a, 5).latin1('bdSeq').u8(0x20, INT64, 0x58, 0)
    packet
      .reset()
      .u8(0x10)
      .varint(10 + 2 + id.length + 2 + topic.length + 2 + will.length)
    packet.u8(0, 4).latin1('MQTT').u8(4, 0x0e, 0, 60, 0, id.length).latin1(id)
    packet.u8(0, topic.length).latin1(topic).u8(0, will.length)
    packet.length += will.bytes.copy(packet.bytes, packet.length, 0, will.length)
    writer.segment(link, true, PUSH, packet.bytes, packet.length)
    packet.reset().u8(0x20, 2, 0, 0)
    writer.segment(link, false, PUSH, packet.bytes, packet.length)
    return
  }
  const topic = `spBv1.0/plant/${step === 1 ? 'NBIRTH' : 'NDATA'}/edge${index}`
  const sent = body(link, step === 1, next)
  packet
    .reset()
    .u8(0x30)
    .varint(2 + topic.length + sent.length)
  packet.u8(0, topic.length).latin1(topic)
  packet.length += sent.bytes.copy(packet.bytes, packet.length, 0, sent.length)
  writer.segment(link, true, PUSH, packet.bytes, packet.length)
  writer.segment(link, false, ACK, packet.bytes, 0)
}
