/** Capture files: pcapng from what tcpdump wrote, and each misuse cut out of the day. */

import { join } from 'node:path'
import { run } from '../net/command.ts'
import type { Plant } from '../plan/plant.ts'
import type { Played } from '../stage/story.ts'
import { fields } from './tshark.ts'

/** What a clock reading before the first frame and after the last may miss. */
const MARGIN_SECONDS = 0.05

/** Takes frames out again, as a mirror does that has no room: the sensor must see the gap. */
export function toPcapng(from: string, to: string, lost: readonly string[]): void {
  run('editcap', ['-F', 'pcapng', from, to, ...lost])
}

export type Lost = { readonly capture: string; readonly time: string; readonly what: string }

/** One answer of a PLC and one message to a broker, somewhere in the middle. */
export function chooseLost(plant: Plant, file: string): { frames: string[]; lost: Lost[] } {
  const { plc1, broker5, edge1 } = plant.hosts
  const wanted = [
    ['a Modbus response', `ip.src == ${plc1.ip} && modbus && modbus.func_code == 3`],
    ['an MQTT publish', `ip.src == ${edge1.ip} && ip.dst == ${broker5.ip} && mqtt.msgtype == 3`],
  ] as const
  const chosen = wanted.flatMap(([what, filter]) => {
    const rows = fields(file, filter, ['frame.number', 'frame.time_epoch'])
    const middle = rows[Math.floor(rows.length * 0.6)]
    const [frame, epoch] = middle ?? []
    return frame === undefined || epoch === undefined ? [] : [{ what, frame, epoch }]
  })
  return {
    frames: chosen.map((each) => each.frame),
    lost: chosen.map(({ what, epoch }) => ({
      capture: 'quiet.pcapng',
      time: isoMicros(epoch),
      what,
    })),
  }
}

/** From tshark's seconds since 1970, without going through a number that cannot hold them. */
export function isoMicros(epoch: string): string {
  const [seconds = '0', fraction = ''] = epoch.split('.')
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  return `${date}.${fraction.padEnd(6, '0').slice(0, 6)}Z`
}

export function epochSeconds(isoMicros: string): number {
  const fraction = /\.(\d{6})Z$/.exec(isoMicros)?.[1]
  if (fraction === undefined) throw new Error(`not a time in microseconds: ${isoMicros}`)
  return Date.parse(`${isoMicros.slice(0, 19)}Z`) / 1000 + Number(fraction) / 1e6
}

/** The attacker's frames with the target, and what the witnesses saw of the target meanwhile. */
export function misuseFilter(plant: Plant, played: Played): string {
  const { source, target, witnesses } = played.misuse
  const victim = plant.hosts[target].ip
  const from = (epochSeconds(played.start) - MARGIN_SECONDS).toFixed(6)
  const to = (epochSeconds(played.end) + MARGIN_SECONDS).toFixed(6)
  const others = [source, ...witnesses].map((key) => `ip.addr == ${plant.hosts[key].ip}`)
  return (
    `frame.time_epoch >= ${from} && frame.time_epoch <= ${to} && ` +
    `ip.addr == ${victim} && (${others.join(' || ')})`
  )
}

export function cutMisuse(plant: Plant, played: Played, folder: string): void {
  run('tshark', [
    '-r',
    join(folder, 'day.pcapng'),
    '-Y',
    misuseFilter(plant, played),
    '-F',
    'pcapng',
    '-w',
    join(folder, 'misuse', `${played.misuse.name}.pcapng`),
  ])
}
