/** The script: who is on stage in each of the three recordings, and what happens when. */

import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Phase } from '../actors/role.ts'
import { MISUSES, type Misuse } from '../misuse/catalogue.ts'
import { startCapture } from '../net/capture.ts'
import type { Network } from '../net/namespaces.ts'
import type { HostKey } from '../plan/hosts.ts'
import type { Plant } from '../plan/plant.ts'
import type { Actor, Stage } from './actor.ts'
import { startMosquitto } from './mosquitto.ts'

export type Played = { readonly misuse: Misuse; readonly start: string; readonly end: string }

/** Every client of the plant: host and script. Two on one host are two processes of it. */
const CLIENTS = [
  ['hmi', 'modbus-client'],
  ['scada', 'modbus-client'],
  ['historian', 'modbus-client'],
  ['eng', 'engineering'],
  ['mes', 'opcua-client'],
  ['historian', 'opcua-client'],
  ['hmi', 'opcua-visitor'],
  ['eng', 'opcua-visitor'],
  ['edge1', 'edge-node'],
  ['edge2', 'edge-node'],
  ['scada', 'host-application'],
  ['sensor1', 'sensor'],
  ['sensor2', 'sensor'],
  ['dashboard', 'dashboard'],
  ['dashboard', 'office-chatter'],
  ['officePc', 'office-chatter'],
] as const satisfies readonly (readonly [HostKey, string])[]
type ClientName = `${(typeof CLIENTS)[number][0]}/${(typeof CLIENTS)[number][1]}`

type Turn = {
  readonly atSeconds: number
  readonly client: ClientName
  /** A stop says good-bye, a kill does not: then the broker sends the will. */
  readonly how: 'stop' | 'kill'
  readonly awaySeconds: number
}

type Part = {
  readonly phase: Phase
  /** Whose cable is bad for a moment, and when. */
  readonly hiccups: readonly { readonly atSeconds: number; readonly host: HostKey }[]
  readonly seconds: number
  readonly turns: readonly Turn[]
  /** Who stays connected into the next recording, which then sees them in mid-stream. */
  readonly stay: readonly ClientName[]
  readonly misuseAtSeconds?: number
}

const PARTS: readonly Part[] = [
  {
    phase: 'learn',
    hiccups: [
      { atSeconds: 20, host: 'gateway' },
      { atSeconds: 47, host: 'sensor1' },
    ],
    seconds: 106,
    turns: [
      { atSeconds: 30, client: 'edge2/edge-node', how: 'kill', awaySeconds: 3 },
      { atSeconds: 40, client: 'sensor2/sensor', how: 'kill', awaySeconds: 2 },
      { atSeconds: 50, client: 'hmi/modbus-client', how: 'stop', awaySeconds: 2 },
      { atSeconds: 60, client: 'edge1/edge-node', how: 'kill', awaySeconds: 2 },
      { atSeconds: 66, client: 'dashboard/dashboard', how: 'stop', awaySeconds: 2 },
      { atSeconds: 72, client: 'scada/modbus-client', how: 'kill', awaySeconds: 2 },
      { atSeconds: 77, client: 'scada/host-application', how: 'stop', awaySeconds: 2 },
      { atSeconds: 83, client: 'sensor1/sensor', how: 'stop', awaySeconds: 2 },
      { atSeconds: 88, client: 'scada/host-application', how: 'kill', awaySeconds: 2 },
    ],
    stay: ['historian/modbus-client', 'sensor1/sensor'],
  },
  {
    phase: 'quiet',
    hiccups: [
      { atSeconds: 15, host: 'plc3' },
      { atSeconds: 44, host: 'sensor1' },
    ],
    seconds: 84,
    turns: [
      { atSeconds: 25, client: 'sensor2/sensor', how: 'stop', awaySeconds: 3 },
      { atSeconds: 38, client: 'scada/modbus-client', how: 'kill', awaySeconds: 2 },
      { atSeconds: 50, client: 'edge2/edge-node', how: 'kill', awaySeconds: 3 },
      { atSeconds: 62, client: 'dashboard/dashboard', how: 'stop', awaySeconds: 2 },
    ],
    stay: ['dashboard/dashboard'],
  },
  {
    phase: 'day',
    hiccups: [
      { atSeconds: 20, host: 'plc1' },
      { atSeconds: 37, host: 'sensor2' },
    ],
    seconds: 75,
    turns: [
      { atSeconds: 28, client: 'edge1/edge-node', how: 'kill', awaySeconds: 3 },
      { atSeconds: 45, client: 'hmi/modbus-client', how: 'stop', awaySeconds: 2 },
    ],
    stay: [],
    misuseAtSeconds: 75,
  },
]

const MISUSE_PAUSE_MS = 1_800

export type Story = { readonly pcaps: Readonly<Record<Phase, string>>; readonly played: Played[] }

export async function startServers(plant: Plant, stage: Stage, work: string): Promise<void> {
  const servers = [
    ...(['plc1', 'plc2', 'plc3', 'gateway'] as const).map((host) =>
      stage.start(host, 'actors/modbus-server.ts', []),
    ),
    stage.start('uaServer', 'actors/opcua-server.ts', []),
    stage.start('broker3', 'actors/broker.ts', []),
    stage.start('infra', 'actors/dhcp-server.ts', []),
  ]
  await startMosquitto(plant, stage, work)
  await Promise.all(servers.map((server) => server.ready))
}

async function playMisuse(stage: Stage, misuse: Misuse): Promise<Played> {
  const actor = stage.start(misuse.source, 'misuse/play.ts', [misuse.name])
  await actor.ready
  const last = (await actor.done).at(-1)
  if (typeof last?.['start'] !== 'string' || typeof last['end'] !== 'string') {
    throw new Error(`the misuse ${misuse.name} did not succeed, see its log`)
  }
  return { misuse, start: last['start'], end: last['end'] }
}

export async function playStory(
  network: Network,
  stage: Stage,
  work: string,
  tell: (line: string) => void,
): Promise<Story> {
  const on = new Map<string, Actor>()
  /** How often each client has come: an edge node numbers its sessions by it. */
  const entered = new Map<string, number>()
  const enter = async (client: string, phase: Phase): Promise<void> => {
    const [host = '', script = ''] = client.split('/')
    const session = entered.get(client) ?? 0
    entered.set(client, session + 1)
    const actor = stage.start(host as HostKey, `actors/${script}.ts`, [phase, `${session}`])
    on.set(client, actor)
    await actor.ready
  }
  const leave = async (client: string, how: 'stop' | 'kill'): Promise<void> => {
    await on.get(client)?.[how]()
    on.delete(client)
  }
  const played: Played[] = []
  const pcaps: Partial<Record<Phase, string>> = {}
  for (const part of PARTS) {
    tell(`${part.phase}: begins`)
    const file = join(work, `${part.phase}.pcap`)
    network.forgetNeighbours()
    const capture = await startCapture(network, file)
    const names = CLIENTS.map(([host, script]) => `${host}/${script}`)
    await Promise.all(names.filter((name) => !on.has(name)).map((name) => enter(name, part.phase)))
    const began = Date.now()
    const until = (seconds: number): Promise<void> =>
      wait(Math.max(0, began + seconds * 1000 - Date.now()))
    const hiccups = part.hiccups.map(async ({ atSeconds, host }) => {
      await until(atSeconds)
      await network.hiccup(host)
    })
    for (const turn of part.turns) {
      await until(turn.atSeconds)
      await leave(turn.client, turn.how)
      await wait(turn.awaySeconds * 1000)
      await enter(turn.client, part.phase)
    }
    await Promise.all(hiccups)
    if (part.misuseAtSeconds !== undefined) {
      await until(part.misuseAtSeconds)
      for (const misuse of MISUSES) {
        tell(`${part.phase}: ${misuse.name}`)
        played.push(await playMisuse(stage, misuse))
        await wait(MISUSE_PAUSE_MS)
      }
    }
    await until(part.seconds)
    const leaving = [...on.keys()].filter((name) => !part.stay.includes(name as ClientName))
    await Promise.all(leaving.map((name) => leave(name, 'stop')))
    await capture.stop()
    pcaps[part.phase] = file
  }
  const { learn, quiet, day } = pcaps
  if (learn === undefined || quiet === undefined || day === undefined) {
    throw new Error('a part of the story was not played')
  }
  return { pcaps: { learn, quiet, day }, played }
}
