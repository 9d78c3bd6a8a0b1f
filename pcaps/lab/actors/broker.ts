/** The MQTT 3.1.1 broker: aedes, with user names checked and strangers let in. */

import { createServer } from 'node:net'
import { Aedes } from 'aedes'
import { onStop, role } from './role.ts'

const { plant, host, say } = role('broker')
const plan = plant.mqtt
const broker = await Aedes.createBroker({ id: host.name })
broker.authenticate = (_client, username, password, done) => {
  // As installed: whoever gives no name is let in, which is why the misuse works.
  if (username === undefined || username === null) return done(null, true)
  done(null, username === plan.sensorUser && password?.toString() === plan.sensorPassword)
}
const server = createServer(broker.handle)
server.listen(plan.port, host.ip, () => {
  say({ ready: true })
})
onStop(() => {
  server.close()
})
