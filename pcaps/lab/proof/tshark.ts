/** tshark as the witness: it shares no code with the lab and none with the sensor. */

import { run } from "../net/command.ts"

/** How many frames of a capture a display filter takes. */
export function count(file: string, filter: string): number {
  const out = run("tshark", ["-r", file, "-Y", filter, "-T", "fields", "-e", "frame.number"])
  return out.toString().split("\n").filter((line) => line !== "").length
}

/** One field of every frame that a filter takes, in the order of the capture. */
export function field(file: string, filter: string, name: string): string[] {
  const out = run("tshark", ["-r", file, "-Y", filter, "-T", "fields", "-e", name])
  return out.toString().split("\n").filter((line) => line !== "")
}
