/** A Sparkplug B edge node with one device, on the MQTT 5 broker. */

import mqtt from 'mqtt'
import type { EdgePlan, Metric } from '../plan/mqtt-plan.ts'
import { onStop, phaseOf, role } from './role.ts'
import { repeat } from './schedule.ts'
import { decode, encode, type MetricValue } from './sparkplug-payload.ts'

const { plant, host, args, chance, say } = role('edge node')
const phase = phaseOf(args[0])
const plan = plant.mqtt
const edge: EdgePlan = plan.edges[host.key === 'edge1' ? 0 : 1]
const topic = (type: string, device = ''): string =>
  `spBv1.0/${plan.group}/${type}/${edge.edgeNode}${device === '' ? '' : `/${device}`}`

/** What commands have set, by metric name. */
const held = new Map<string, number | boolean>()
const started = Date.now()
/** One more than in the session before (Sparkplug 3.0, section 6.4.4). */
const bdSeq = Number(args[1] ?? 0) % 256
let seq = -1
let stopping = false

function nextSeq(): number {
  seq = (seq + 1) % 256
  return seq
}

function valueOf(metric: Metric): number | boolean {
  const seconds = (Date.now() - started) / 1000
  const set = held.get(metric.name)
  if (set !== undefined) return set
  if (metric.type === 'Boolean') return Math.floor(seconds / 7) % 2 === 0
  if (metric.name === 'Uptime') return Math.floor(seconds)
  const wave = 0.5 + 0.46 * Math.sin(seconds / 5 + metric.alias)
  const value = metric.low + (metric.high - metric.low) * wave
  return metric.type === 'Int32' ? Math.round(value) : Math.round(value * 100) / 100
}

const byAlias = (metric: Metric): MetricValue => ({
  alias: metric.alias,
  type: metric.type,
  value: valueOf(metric),
})
const byName = (metric: Metric): MetricValue => ({ ...byAlias(metric), name: metric.name })
const birthDeath: MetricValue = { name: 'bdSeq', type: 'Int64', value: bdSeq }

const client = mqtt.connect(`mqtt://${plant.hosts.broker5.ip}:${plan.port}`, {
  protocolVersion: 5,
  clientId: edge.clientId,
  username: edge.user,
  password: edge.password,
  clean: true,
  keepalive: 20,
  reconnectPeriod: 1000,
  // One of the two sends its topics as aliases (MQTT 5, section 3.3.2.3.4).
  autoAssignTopicAlias: host.key === 'edge2',
  will: {
    topic: topic('NDEATH'),
    payload: encode([birthDeath], undefined, true),
    qos: 1,
    retain: false,
  },
})

function birth(): void {
  seq = -1
  const control: MetricValue = { name: 'Node Control/Rebirth', type: 'Boolean', value: false }
  client.publish(
    topic('NBIRTH'),
    encode([birthDeath, control, ...edge.nodeMetrics.map(byName)], nextSeq(), true),
    { qos: 0 },
  )
  client.publish(
    topic('DBIRTH', edge.device),
    encode(edge.deviceMetrics.map(byName), nextSeq(), true),
    { qos: 0 },
  )
}

function obey(from: readonly Metric[], bytes: Buffer): void {
  for (const metric of decode(bytes).metrics) {
    const known = from.find((each) => each.name === metric.name || each.alias === metric.alias)
    if (known === undefined) continue
    if (typeof metric.value === 'number' || typeof metric.value === 'boolean') {
      held.set(known.name, metric.value)
    }
  }
}

client.on('message', (name, bytes) => {
  if (name === topic('NCMD')) {
    if (decode(bytes).metrics.some((metric) => metric.name === 'Node Control/Rebirth')) birth()
    obey(edge.nodeMetrics, bytes)
  } else if (name === topic('DCMD', edge.device)) {
    obey(edge.deviceMetrics, bytes)
  }
})
client.on('connect', () => {
  void client.subscribeAsync([topic('NCMD'), topic('DCMD', edge.device)], { qos: 1 }).then(() => {
    birth()
    say({ ready: true })
  })
})
client.on('error', (error) => {
  console.error(String(error))
})

const ended = repeat(
  [
    {
      everyMs: edge.everyMs,
      work: () => {
        if (seq < 0 || !client.connected) return
        const changed = chance.some(edge.deviceMetrics, chance.whole(2, edge.deviceMetrics.length))
        client.publish(topic('DDATA', edge.device), encode(changed.map(byAlias), nextSeq(), false))
      },
    },
    {
      everyMs: 2 * edge.everyMs,
      work: () => {
        if (seq < 0 || !client.connected) return
        client.publish(topic('NDATA'), encode(edge.nodeMetrics.map(byAlias), nextSeq(), false))
      },
    },
  ],
  phase,
  chance,
  () => stopping,
)

onStop(async () => {
  stopping = true
  await ended
  // A node that leaves on purpose says so itself; the broker would not send the will.
  await client.publishAsync(topic('NDEATH'), encode([birthDeath], undefined, true), { qos: 1 })
  await client.endAsync()
})
