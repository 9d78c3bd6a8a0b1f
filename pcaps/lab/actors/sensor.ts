/** An MQTT 3.1.1 sensor: JSON readings on its topic, a retained status, a will. */

import mqtt from 'mqtt'
import { onStop, phaseOf, role } from './role.ts'
import { repeat } from './schedule.ts'

const { plant, host, args, chance, say } = role('sensor')
const phase = phaseOf(args[0])
const plan = plant.mqtt
const sensor = plan.sensors[host.key === 'sensor1' ? 0 : 1]
const started = Date.now()
let count = Math.floor(started / 1000) % 100000
let stopping = false

const client = mqtt.connect(`mqtt://${plant.hosts.broker3.ip}:${plan.port}`, {
  protocolVersion: 4,
  clientId: sensor.clientId,
  username: plan.sensorUser,
  password: plan.sensorPassword,
  clean: true,
  keepalive: 15,
  reconnectPeriod: 1000,
  will: { topic: sensor.statusTopic, payload: Buffer.from('offline'), qos: 1, retain: true },
})
client.on('connect', () => {
  void client.publishAsync(sensor.statusTopic, 'online', { qos: 1, retain: true }).then(() => {
    say({ ready: true })
  })
})
client.on('error', (error) => {
  console.error(String(error))
})

const ended = repeat(
  [
    {
      everyMs: sensor.everyMs,
      work: () => {
        if (!client.connected) return
        count += 1
        const seconds = (Date.now() - started) / 1000
        const reading = Object.fromEntries(
          sensor.fields.map((field, index) => {
            const wave = 0.5 + 0.45 * Math.sin(seconds / 8 + index)
            const value = field.low + (field.high - field.low) * wave
            return [field.name, Math.round(value * 10) / 10]
          }),
        )
        client.publish(sensor.topic, JSON.stringify({ id: host.name, n: count, ...reading }), {
          qos: sensor.qos,
        })
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
  await client.publishAsync(sensor.statusTopic, 'offline', { qos: 1, retain: true })
  await client.endAsync()
})
