/** A screen in the office: exact topics only, under a client identifier that is new every time. */

import { randomBytes } from 'node:crypto'
import mqtt from 'mqtt'
import { onStop, role } from './role.ts'

const { plant, say } = role('dashboard')
const plan = plant.mqtt
const client = mqtt.connect(`mqtt://${plant.hosts.broker3.ip}:${plan.port}`, {
  protocolVersion: 4,
  // Really random, under every seed: what browsers' MQTT libraries do.
  clientId: `${plan.dashboard.clientIdStem}-${randomBytes(4).toString('hex')}`,
  username: plan.sensorUser,
  password: plan.sensorPassword,
  clean: true,
  keepalive: 30,
})
client.on('connect', () => {
  void client.subscribeAsync([...plan.dashboard.filters], { qos: 1 }).then(() => {
    say({ ready: true })
  })
})
client.on('error', (error) => {
  console.error(String(error))
})
onStop(async () => {
  await client.endAsync()
})
