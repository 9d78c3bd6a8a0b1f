/** Capture files: pcapng from what tcpdump wrote, and each misuse cut out of the day. */

import { join } from "node:path"
import { run } from "../net/command.ts"
import type { Plant } from "../plan/plant.ts"
import type { Played } from "../stage/story.ts"

/** What a clock reading before the first frame and after the last may miss. */
const MARGIN_SECONDS = 0.05

export function toPcapng(from: string, to: string): void {
  run("editcap", ["-F", "pcapng", from, to])
}

function epochSeconds(isoMicros: string): number {
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
  return `frame.time_epoch >= ${from} && frame.time_epoch <= ${to} && ` +
    `ip.addr == ${victim} && (${others.join(" || ")})`
}

export function cutMisuse(plant: Plant, played: Played, folder: string): void {
  run("tshark", [
    "-r", join(folder, "day.pcapng"), "-Y", misuseFilter(plant, played), "-F", "pcapng",
    "-w", join(folder, "misuse", `${played.misuse.name}.pcapng`),
  ])
}
