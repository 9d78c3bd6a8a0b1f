/**
 * Writes captures for the bench: a plant that polls. Clients read lists of registers in turn, with
 * handshakes, pure acknowledgements, writes, exceptions, and some MQTT telemetry between them; or
 * all connections speak one protocol. The same options give the same bytes.
 *
 *   node bench/generate.ts OUT.pcap [--packets N] [--flows N] [--mqtt PERCENT]
 *                          [--only PROTOCOL] [--pile N]
 */
import { parseArgs } from 'node:util'
import { pathToFileURL } from 'node:url'
import { modbus } from './talk/modbus.ts'
import { mqtt } from './talk/mqtt.ts'
import { opcua } from './talk/opcua.ts'
import { sparkplug } from './talk/sparkplug.ts'
import type { Link, ProtocolName } from './writer.ts'
import { ACK, FIN_ACK, SYN, SYN_ACK, Writer, protocolNames } from './writer.ts'

export interface GenerateOptions {
  readonly packets: number
  readonly flows: number
  /** Share of the connections that speak MQTT, percent; the others speak Modbus. */
  readonly mqttPercent?: number
  /** What all connections speak. */
  readonly only?: ProtocolName | undefined
  /** Requests in one segment. */
  readonly pile?: number
}

/** Pure acknowledgements: one for so many exchanges. */
const ACKNOWLEDGE_EVERY = 6

/** Steps of a link before it polls: each in segments of its own. */
const HANDSHAKES = 4

const talks = { modbus, mqtt, opcua, sparkplug }
const ports = { modbus: 502, mqtt: 1883, opcua: 4840, sparkplug: 1883 }

/** Sebastiano Vigna's splitmix, 32 bits: the low bits of simpler generators cycle. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
}

const nothing = Buffer.alloc(0)

function makeLink(index: number, protocol: ProtocolName, next: () => number): Link {
  const isBroker = ports[protocol] === ports.mqtt
  return {
    index,
    protocol,
    client: 0x0a010000 + 10 + Math.floor(index / 40),
    server: (isBroker ? 0x0a900000 : 0x0a200000) + 1 + (isBroker ? index % 3 : index),
    clientPort: 40_000 + (index % 20_000),
    serverPort: ports[protocol],
    vlan: index % 10 === 0 ? 100 + (index % 5) : 0,
    clientSequence: next(),
    serverSequence: next(),
    transaction: next() & 0xffff,
    step: 0,
    quiet: 0,
    pile: [
      { bytes: nothing, length: 0 },
      { bytes: nothing, length: 0 },
    ],
  }
}

/** So many messages in one segment each way: what is left is the cost of the messages. */
function talk(writer: Writer, link: Link, next: () => number, pile: number): void {
  writer.isPiling = pile > 1
  for (let i = 0; i < pile; i++) {
    talks[link.protocol](writer, link, next)
    link.step++
  }
  if (writer.isPiling) writer.send(link)
  writer.isPiling = false
}

export function generate(
  path: string,
  options: GenerateOptions,
): { packets: number; bytes: number } {
  const next = random(42)
  const writer = new Writer(path)
  const links: Link[] = []
  const { only, mqttPercent = 0 } = options
  const mqttEvery = mqttPercent > 0 ? Math.round(100 / mqttPercent) : Infinity
  for (let i = 0; i < options.flows; i++) {
    const mixed = i % mqttEvery === mqttEvery - 1 ? 'mqtt' : 'modbus'
    const link = makeLink(i, only ?? mixed, next)
    links.push(link)
    writer.segment(link, true, SYN, nothing, 0)
    writer.segment(link, false, SYN_ACK, nothing, 0)
    writer.segment(link, true, ACK, nothing, 0)
    writer.wait(100)
  }
  // Three packets of each connection are left for its end.
  const last = options.packets - options.flows * 3
  for (let turn = 0; writer.packets < last; turn++) {
    const link = links[turn % links.length] as Link
    talk(writer, link, next, link.step < HANDSHAKES ? 1 : (options.pile ?? 1))
    if (++link.quiet % ACKNOWLEDGE_EVERY === 0) writer.segment(link, true, ACK, nothing, 0)
    writer.wait(10 + (next() % 20))
  }
  for (const link of links) {
    writer.segment(link, true, FIN_ACK, nothing, 0)
    writer.segment(link, false, FIN_ACK, nothing, 0)
    writer.segment(link, true, ACK, nothing, 0)
  }
  writer.close()
  return { packets: writer.packets, bytes: writer.bytes }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      packets: { type: 'string', default: '1000000' },
      flows: { type: 'string', default: '1000' },
      mqtt: { type: 'string', default: '3' },
      only: { type: 'string' },
      pile: { type: 'string', default: '1' },
    },
  })
  const out = positionals[0]
  if (out === undefined) {
    process.stderr.write(
      'usage: node bench/generate.ts OUT.pcap [--packets N] [--flows N] [--only PROTOCOL]\n',
    )
    process.exitCode = 2
  } else {
    const { packets, bytes } = generate(out, {
      packets: Number(values.packets),
      flows: Number(values.flows),
      mqttPercent: Number(values.mqtt),
      only: protocolNames.find((name) => name === values.only),
      pile: Number(values.pile),
    })
    process.stdout.write(`${out}: ${packets} packets, ${bytes} bytes\n`)
  }
}
