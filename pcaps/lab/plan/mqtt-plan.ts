/** Topics, client identifiers, users and Sparkplug names of the two brokers. */

import type { Random } from './random.ts'

export type Metric = {
  readonly name: string
  readonly alias: number
  readonly type: 'Float' | 'Int32' | 'Boolean'
  readonly low: number
  readonly high: number
}

export type EdgePlan = {
  readonly edgeNode: string
  readonly clientId: string
  readonly user: string
  readonly password: string
  readonly device: string
  readonly nodeMetrics: readonly Metric[]
  readonly deviceMetrics: readonly Metric[]
  /** Node metric that the host application sets by NCMD. */
  readonly nodeCommand: Metric
  /** Device metric that it sets by DCMD. */
  readonly deviceCommand: Metric
  readonly everyMs: number
}

export type SensorPlan = {
  readonly clientId: string
  readonly topic: string
  readonly statusTopic: string
  readonly fields: readonly { readonly name: string; readonly low: number; readonly high: number }[]
  readonly qos: 0 | 1
  readonly everyMs: number
}

export type MqttPlan = {
  readonly port: number
  readonly group: string
  readonly host: {
    readonly id: string
    readonly clientId: string
    readonly user: string
    readonly password: string
  }
  readonly edges: readonly [EdgePlan, EdgePlan]
  readonly sensors: readonly [SensorPlan, SensorPlan]
  readonly sensorUser: string
  readonly sensorPassword: string
  readonly dashboard: { readonly clientIdStem: string; readonly filters: readonly string[] }
}

const NAMES = ['Speed', 'Current', 'Vibration', 'Humidity', 'Voltage', 'Power', 'Level', 'Flow']

function makeEdge(chance: Random, area: string, index: number): EdgePlan {
  let alias = chance.whole(0, 30)
  const metric = (name: string, type: Metric['type']): Metric => {
    alias += 1
    const low = chance.whole(5, 40)
    return { name, alias, type, low, high: low + chance.whole(20, 80) }
  }
  const names = chance.some(NAMES, 5)
  const nodeCommand = metric(`${chance.pick(['Batch', 'Shift', 'Lot'])}/Limit`, 'Int32')
  const deviceCommand = metric(`${names[0]}/SetPoint`, 'Float')
  return {
    edgeNode: `${area}-e${chance.whole(1, 9)}${index}`,
    clientId: `edge-${area}-${chance.whole(100, 999)}`,
    user: `edge${index}`,
    password: `e${chance.whole(100000, 999999)}`,
    device: `drive${chance.whole(1, 40)}`,
    nodeMetrics: [metric('Uptime', 'Int32'), metric('Load', 'Float'), nodeCommand],
    deviceMetrics: [
      ...names.map((name) => metric(name, 'Float')),
      metric('Running', 'Boolean'),
      deviceCommand,
    ],
    nodeCommand,
    deviceCommand,
    everyMs: 900 + 350 * index,
  }
}

export function makeMqtt(chance: Random, site: string, areas: readonly [string, string]): MqttPlan {
  const area = areas[1]
  const sensor = (index: number): SensorPlan => {
    const name = `${chance.pick(['tank', 'oven', 'hall', 'pump'])}${chance.whole(1, 60)}`
    return {
      clientId: `${area}-sensor${index}-${chance.whole(100, 999)}`,
      topic: `${site}/${area}/${name}/${index}/climate`,
      statusTopic: `${site}/${area}/${name}/${index}/status`,
      fields: chance.some(['temp', 'rh', 'co2', 'lux', 'dust'], 3).map((field) => {
        const low = chance.whole(5, 50)
        return { name: field, low, high: low + chance.whole(5, 30) }
      }),
      qos: index === 1 ? 0 : 1,
      everyMs: 800 + 500 * index,
    }
  }
  const sensors = [sensor(1), sensor(2)] as const
  return {
    port: 1883,
    group: `${site}-${chance.pick(['north', 'south', 'east', 'west'])}`,
    host: {
      id: `host-${chance.whole(10, 99)}`,
      clientId: `scada-${chance.whole(100, 999)}`,
      user: 'scada',
      password: `s${chance.whole(100000, 999999)}`,
    },
    edges: [
      makeEdge(chance.branch('edge one'), areas[0], 1),
      makeEdge(chance.branch('edge two'), areas[1], 2),
    ],
    sensors,
    sensorUser: `iot-${chance.whole(10, 99)}`,
    sensorPassword: `i${chance.whole(100000, 999999)}`,
    dashboard: {
      clientIdStem: `board-${chance.whole(10, 99)}`,
      filters: sensors.flatMap((each) => [each.topic, each.statusTopic]),
    },
  }
}
