/**
 * I5: what was lost before the sensor, in the mirror or on its way, which no counter of this
 * machine shows. What one end of a conversation acknowledges, or goes on behind, was sent: where
 * it was never seen, it was lost. An estimate, as only TCP tells, and only of bytes.
 */
import type { Account, Counts } from './account.ts'

/** Of the bytes that TCP carried: 0.1 % (assurance.md, I5). */
export const UPSTREAM_SHARE_MAX = 0.001

export interface Upstream {
  /** Bytes that were sent and never seen. */
  readonly missing: number
  /** Of all bytes that were sent; 0 where there were none. */
  readonly share: number
}

function seenOf(counters: Counts): number {
  const of = (name: string): number => counters[name] ?? 0
  return of('payloadBytes') - of('duplicateBytes') - of('strayBytes')
}

export function upstreamOf(counters: Counts): Upstream {
  const missing = counters['gapBytes'] ?? 0
  return { missing, share: missing === 0 ? 0 : missing / (missing + seenOf(counters)) }
}

export function upstreamAccount(counters: Counts): Account {
  const { missing } = upstreamOf(counters)
  const seen = seenOf(counters)
  return {
    identity: 'I5',
    part: 'upstream',
    says: 'What the ends of conversations acknowledge was seen, or was lost before the sensor.',
    unit: 'bytes',
    left: [{ name: 'sent, by an estimate', value: seen + missing }],
    right: [
      { name: 'seen', value: seen },
      { name: 'never seen', value: missing },
    ],
    residue: 0,
    reason: '',
  }
}
