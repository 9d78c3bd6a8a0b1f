/**
 * On an older Node the launcher runs the sensor as a child and waits for it. It cannot give up what
 * it holds: plain Node has no call for that. What is left there is told, with the way around it.
 */
import { readFileSync } from 'node:fs'

/** Set by bin/fieldtap.js in its child. */
const VARIABLE = 'FIELDTAP_LAUNCHER'
/** linux/capability.h CAP_NET_RAW. */
const NET_RAW = 13n

export function launcherLimits(launcher = process.env[VARIABLE] ?? ''): string[] {
  if (!/^[1-9][0-9]*$/.test(launcher) || !mayCapture(statusOf(launcher))) return []
  return [
    `the launcher (process ${launcher}, an older Node) keeps CAP_NET_RAW as long as the sensor ` +
      `runs: start Node 24 itself, as ${process.execPath} bin/fieldtap.js`,
  ]
}

/** Of a text as proc(5) has it in /proc/PID/status. */
export function mayCapture(status: string): boolean {
  const permitted = /^CapPrm:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1] ?? '0'
  return ((BigInt(`0x${permitted}`) >> NET_RAW) & 1n) === 1n
}

function statusOf(process: string): string {
  try {
    return readFileSync(`/proc/${process}/status`, 'utf8')
  } catch {
    // It is gone, and what it held with it; or this is no Linux.
    return ''
  }
}
