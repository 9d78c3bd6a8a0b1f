/** Whether packets and bytes are accounted for, in words. */
import type { Account, Health } from '../../analyzer/api/schema.ts'
import { bytes, count } from './number.ts'

/** `noted`: both sides are equal, and there is something to say; `unknown`: nobody can say. */
export type Standing = 'settled' | 'noted' | 'wrong' | 'unknown'

/** Lost before the sensor: more than this share is told as loss (0.1 %). */
const UPSTREAM_SHARE_MAX = 0.001

export interface Identity {
  readonly id: string
  readonly title: string
  readonly parts: readonly Account[]
  /** The part that says most: what is wrong, else the first. */
  readonly told: Account
  readonly standing: Standing
}

/** The equations of each identity, in their order. */
export function identitiesOf(accounts: readonly Account[]): Identity[] {
  const groups = new Map<string, Account[]>()
  for (const account of accounts) {
    const group = groups.get(account.identity)
    if (group === undefined) groups.set(account.identity, [account])
    else group.push(account)
  }
  return [...groups].flatMap(([id, parts]) => {
    const [first] = parts
    if (first === undefined) return []
    const told = parts.find((part) => standingOf(part) === 'wrong') ?? first
    return [{ id, title: first.title, parts, told, standing: standingOf(told) }]
  })
}

export function standingOf({ residue, reason }: Account): Standing {
  if (residue === null) return 'unknown'
  if (residue !== 0) return 'wrong'
  return reason === '' ? 'settled' : 'noted'
}

export function sumOf(terms: Account['left']): number {
  return terms.reduce((sum, { value }) => sum + value, 0)
}

/** `1 200 = 1 200 packets`, or what is left between the sides. */
export function sidesText({ left, right, unit, residue }: Account): string {
  if (residue === null) return ''
  const sides = `${count(sumOf(left))} ${residue === 0 ? '=' : '≠'} ${count(sumOf(right))} ${unit}`
  return residue === 0 ? sides : `${sides}: ${count(Math.abs(residue))} not accounted for`
}

export function isLossy({ loss }: Pick<Health, 'loss'>): boolean {
  return loss.upstream_share > UPSTREAM_SHARE_MAX
}

/** `at least 1.2 kB (0.02 %)`: an estimate. */
export function upstreamText({ loss }: Pick<Health, 'loss'>): string {
  if ((loss.kernel ?? 0) > 0) return 'not assessable: the kernel dropped packets'
  if (loss.upstream_bytes === 0) return 'nothing, by an estimate'
  const percent = (loss.upstream_share * 100).toFixed(2)
  const share = percent === '0.00' ? 'less than 0.01' : percent
  return `${bytes(loss.upstream_bytes)} (${share}\u202F%), by an estimate`
}
