/**
 * I5: what was lost before the sensor, in the mirror or on its way, which no counter of this
 * machine shows. What one end of a conversation acknowledges was sent: where it was never seen, it
 * was lost. What nobody acknowledges was lost in the network. An estimate, as only TCP tells.
 */
import type { Account, Counts } from './account.ts'

/** Of the bytes that TCP carried: 0.1 % (assurance.md, I5). */
export const UPSTREAM_SHARE_MAX = 0.001

export interface Upstream {
  /** Bytes that were sent and never seen. */
  readonly missing: number
  /** All bytes that were sent. */
  readonly sent: number
  readonly share: number
}

function seenOf(counters: Counts): number {
  const of = (name: string): number => counters[name] ?? 0
  return of('payloadBytes') - of('duplicateBytes') - of('strayBytes')
}

export function upstreamOf(counters: Counts): Upstream {
  const missing = counters['lostBytes'] ?? 0
  const sent = missing + seenOf(counters)
  return { missing, sent, share: missing === 0 ? 0 : missing / sent }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

/** Of what the kernel `dropped` here nobody knows how much was lost before, too. */
export function upstreamAccount(counters: Counts, dropped: number): Account {
  const { missing, sent, share } = upstreamOf(counters)
  const isMuch = share > UPSTREAM_SHARE_MAX
  return {
    identity: 'I5',
    part: 'upstream',
    says: 'What the ends of conversations acknowledge was seen, or was lost before the sensor.',
    unit: 'bytes',
    left: [{ name: 'sent, by an estimate', value: sent }],
    right: [
      { name: 'seen', value: sent - missing },
      { name: 'never seen', value: missing },
    ],
    residue: dropped > 0 ? undefined : 0,
    reason:
      dropped > 0
        ? `The kernel dropped ${dropped} packets, which are missing here too.`
        : isMuch
          ? `${percent(share)} of the bytes of TCP were lost before the sensor.`
          : '',
  }
}
