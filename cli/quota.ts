/** How much of the disk a store may take and for how long, where nobody has configured it. */
import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from './config.ts'
import { RESERVE_DEFAULT, sizeOf } from './config.ts'

/** Bounds that the store keeps to. */
export interface Upkeep {
  readonly quotaBytes: number
  readonly reserveBytes: number
  readonly days: number
  readonly findingsDays: number
}

const GIB = 1 << 30
const DISK_SHARE = 0.1
const QUOTA_BYTES_MIN = 2 * GIB
const QUOTA_BYTES_MAX = 50 * GIB
const DAYS_DEFAULT = 90
const FINDINGS_DAYS_DEFAULT = 400

/** What is replayed can be replayed again: it holds no ballast unless it is told to. */
export function upkeepOf(config: Config, data: string, live: boolean): Upkeep {
  const { quota, reserve } = config.store ?? {}
  const ballast = reserve ?? (live ? RESERVE_DEFAULT : undefined)
  return {
    quotaBytes: quota === undefined ? shareOfDisk(data) : sizeOf(quota),
    reserveBytes: ballast === undefined ? 0 : sizeOf(ballast),
    days: config.retention?.days ?? DAYS_DEFAULT,
    findingsDays: config.retention?.findings_days ?? FINDINGS_DAYS_DEFAULT,
  }
}

function shareOfDisk(data: string): number {
  let folder = data
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { blocks, bsize } = statfsSync(folder)
  return Math.min(QUOTA_BYTES_MAX, Math.max(QUOTA_BYTES_MIN, blocks * bsize * DISK_SHARE))
}

/** As people read it: 681 B, 18 MiB, 3.1 GiB. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}
