/** The MQTT 5 broker: Debian's mosquitto with user names for those who give one. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../net/command.ts'
import type { Plant } from '../plan/plant.ts'
import type { Stage } from './actor.ts'

const READY_MS_MAX = 10_000

export async function startMosquitto(plant: Plant, stage: Stage, work: string): Promise<void> {
  const { edges, host, port } = plant.mqtt
  const passwords = join(work, 'mosquitto.passwords')
  writeFileSync(passwords, '')
  for (const user of [...edges, host]) {
    run('mosquitto_passwd', ['-b', passwords, user.user, user.password])
  }
  const config = join(work, 'mosquitto.conf')
  writeFileSync(
    config,
    [
      `listener ${port} ${plant.hosts.broker5.ip}`,
      'allow_anonymous true',
      `password_file ${passwords}`,
      'persistence false',
      'user root',
      'log_dest stdout',
      'log_type all',
      '',
    ].join('\n'),
  )
  stage.startProgram('broker5', 'mosquitto', ['mosquitto', '-c', config])
  // From inside its own namespace, over loopback: nothing of it reaches the mirror.
  const probe = stage.startProgram('broker5', 'mosquitto-probe', [
    process.execPath,
    '-e',
    `
    const { connect } = require("node:net")
    const limit = Date.now() + ${READY_MS_MAX}
    const attempt = () => {
      const socket = connect(${port}, "${plant.hosts.broker5.ip}", () => {
        console.log(JSON.stringify({ ready: true }))
        process.exit(0)
      })
      socket.on("error", () => { if (Date.now() < limit) setTimeout(attempt, 100) })
    }
    attempt()
  `,
  ])
  await probe.ready
}
