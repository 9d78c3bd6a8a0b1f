/** The document that `analyze --json` prints (fields.md, the end). */
import type { Account, CaptureStatus } from '#sensor'
import { isoTime, unbalanced } from '#sensor'
import type { Asset, Finding } from '#analyzer'
import type { Pipeline } from './pipeline.ts'

export interface Document {
  capture: {
    /** Named only where several were read: a pipe and a file of the same bytes print the same. */
    files: { name?: string; packets: number; bytes: number; truncated?: string }[]
    packets: number
    bytes: number
    first: string
    last: string
    linktypes: number[]
    truncated: boolean
  }
  phase: string
  accounting: Accounting
  counts: Record<string, unknown>
  assets: AssetShort[]
  findings: Finding[]
}

/** What must balance; a residue is null where that cannot be said. */
export interface Accounting {
  balanced: boolean
  identities: {
    identity: string
    part: string
    unit: string
    left: number
    right: number
    residue: number | null
    reason?: string
  }[]
}

export interface AssetShort {
  id: string
  ip: string[]
  mac: string[]
  name: string
  vendor: string
  roles: string[]
  protocols: string[]
  identity: Record<string, string>
  zone: string
  first: string
  last: string
  evidence: number[]
}

export function makeDocument(
  statuses: readonly CaptureStatus[],
  pipeline: Pipeline | undefined,
  phase: string,
): Document {
  const times = statuses
    .flatMap(({ first, last }) => [first, last])
    .filter((time) => time !== undefined)
  return {
    capture: {
      files: statuses.map((status) => ({
        ...(statuses.length > 1 ? { name: status.name } : {}),
        packets: status.packets,
        bytes: status.bytes,
        ...(status.truncated === undefined ? {} : { truncated: status.truncated }),
      })),
      packets: sum(statuses.map(({ packets }) => packets)),
      bytes: sum(statuses.map(({ bytes }) => bytes)),
      first: times.length === 0 ? '' : isoTime(Math.min(...times)),
      last: times.length === 0 ? '' : isoTime(Math.max(...times)),
      linktypes: [...new Set(statuses.flatMap(({ linkTypes }) => linkTypes))].sort((a, b) => a - b),
      truncated: statuses.some(({ truncated }) => truncated !== undefined),
    },
    phase,
    accounting: accountingOf(pipeline?.ledger ?? []),
    counts: pipeline?.sensor.counts() ?? { packets: sum(statuses.map(({ packets }) => packets)) },
    assets: (pipeline?.analyzer.inventory.assets() ?? []).map(assetShort).sort(byAddress),
    findings: pipeline?.analyzer.findings.all() ?? [],
  }
}

function accountingOf(accounts: readonly Account[]): Accounting {
  return {
    balanced: unbalanced(accounts).length === 0,
    identities: accounts.map(({ identity, part, unit, left, right, residue, reason }) => ({
      ...{ identity, part, unit },
      left: sum(left.map(({ value }) => value)),
      right: sum(right.map(({ value }) => value)),
      residue: residue ?? null,
      ...(reason === '' ? {} : { reason }),
    })),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function byAddress(a: AssetShort, b: AssetShort): number {
  const left = padded(a.ip[0] ?? '')
  const right = padded(b.ip[0] ?? '')
  return left === right ? compare(a.id, b.id) : compare(left, right)
}

/** Numbers by their size: .15 before .133. */
function padded(ip: string): string {
  return ip.replaceAll(/\d+/g, (digits) => digits.padStart(5, '0'))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function assetShort(asset: Asset): AssetShort {
  const identity: Record<string, string> = {}
  for (const [attribute, values] of Object.entries(asset.identity)) {
    const best = values[0]
    if (best !== undefined) identity[attribute] = best.value
  }
  return {
    id: asset.id,
    ip: asset.ip,
    mac: asset.mac,
    name: asset.name,
    vendor: asset.vendor,
    roles: asset.roles,
    protocols: asset.protocols,
    identity,
    zone: asset.zone,
    first: isoTime(asset.first),
    last: isoTime(asset.last),
    evidence: asset.evidence,
  }
}
