/** Whether everything is accounted for: what a run says of it while it goes on, and at its end. */
import type { Account, CaptureStatus, Fields, Residue, Term } from '#sensor'
import { UPSTREAM_SHARE_MAX, residueText, unbalanced, upstreamOf } from '#sensor'
import type { HealthSnapshot } from '#analyzer'
import { numberText } from './print.ts'

type Loss = HealthSnapshot['loss']

/** Of the observation `unaccounted`. */
export function unaccountedFields(account: Account): Fields {
  const { identity, part, unit, left, right, residue = 0 } = account
  return { identity, part, unit, residue, left: sum(left), right: sum(right) }
}

function sum(terms: readonly Term[]): number {
  return terms.reduce((all, { value }) => all + value, 0)
}

/** Tells a residue once it was there in two looks in a row, and again when it is another. */
export class Residues {
  #before: ReadonlySet<string> = new Set()
  readonly #told = new Map<string, number>()

  /** At the end of a run there is no second look. */
  look(accounts: readonly Account[], ended: boolean): Account[] {
    const wrong = unbalanced(accounts)
    const before = this.#before
    this.#before = new Set(wrong.map(nameOf))
    return wrong.filter((account) => {
      const name = nameOf(account)
      const { residue = 0 } = account
      if ((!ended && !before.has(name)) || this.#told.get(name) === residue) return false
      this.#told.set(name, residue)
      return true
    })
  }
}

function nameOf({ identity, part }: Account): string {
  return `${identity} ${part}`
}

const MINUTE_MS = 60_000
/** Of an interval: fewer bytes of TCP tell nothing. */
const INTERVAL_BYTES_MIN = 100_000

/** Loss before the sensor, minute by minute: told where it is more than 0.1 %. */
export class UpstreamLoss {
  #since: number
  #missing = 0
  #sent = 0
  #dropped = 0

  /** Times are of any clock that only goes on, ms. */
  constructor(now: number) {
    this.#since = now
  }

  /** What the kernel `dropped` here is missing too: then nobody knows how much of it was before. */
  look(
    counters: Readonly<Record<string, number>>,
    now: number,
    dropped: number,
  ): Fields | undefined {
    if (now - this.#since < MINUTE_MS) return undefined
    const { missing, sent } = upstreamOf(counters)
    const [lost, all] = [missing - this.#missing, sent - this.#sent]
    this.#since = now
    this.#missing = missing
    this.#sent = sent
    const isOwn = dropped !== this.#dropped
    this.#dropped = dropped
    if (isOwn || all < INTERVAL_BYTES_MIN || lost <= all * UPSTREAM_SHARE_MAX) return undefined
    return { cause: 'upstream', bytes: lost, percent: Math.round((lost / all) * 10_000) / 100 }
  }
}

/** One line: that all is well, or what is not; `isCut` where the capture itself is not whole. */
export function accountingText(residues: readonly Residue[], isCut = false): string {
  const wrong = residues.filter(({ residue }) => (residue ?? 0) !== 0)
  const cut = isCut ? 'incomplete: ' : ''
  if (wrong.length === 0) {
    return `${cut}every packet and byte${isCut ? ' that is there' : ''} accounted for`
  }
  return `${cut}not accounted for: ${wrong.map(residueText).join('; ')}`
}

/** What of it hampers the sensor, in words. A file's mirror is nobody's who reads the file. */
export function accountReasons(
  accounts: readonly Account[],
  counters: Readonly<Record<string, number>>,
  isLive: boolean,
  dropped = 0,
): string[] {
  const reasons = unbalanced(accounts).map((one) => `not accounted for: ${residueText(one)}`)
  const { share } = upstreamOf(counters)
  if (!isLive || dropped > 0 || share <= UPSTREAM_SHARE_MAX) return reasons
  return [...reasons, `${percent(share)} of the bytes of TCP were lost before the sensor`]
}

export function lossOf(capture: CaptureStatus | undefined, counters: Record<string, number>): Loss {
  // What the kernel dropped is missing too: how much more was lost before it, nobody knows.
  const isOwn = (capture?.dropped ?? 0) > 0
  const { missing, share } = isOwn ? { missing: 0, share: 0 } : upstreamOf(counters)
  const missed = capture?.interfaces?.map((one) => {
    // By the card or its driver, before the kernel had them.
    return one.droppedByInterface ?? one.counters?.['rx_missed_errors']
  })
  return {
    kernel: capture?.dropped ?? null,
    interface: known(missed ?? []),
    upstream_bytes: missing,
    upstream_share: share,
  }
}

/** The sum is known where all are. */
function known(values: readonly (number | undefined)[]): number | null {
  let total = 0
  for (const value of values) {
    if (value === undefined) return null
    total += value
  }
  return values.length === 0 ? null : total
}

/** Loss by cause, in words. */
export function lossText(loss: Loss): string {
  const text = (lost: number | null): string => {
    return lost === null ? 'not assessable' : numberText(lost)
  }
  const share = loss.upstream_share > UPSTREAM_SHARE_MAX ? ` (${percent(loss.upstream_share)})` : ''
  const before =
    (loss.kernel ?? 0) > 0 ? 'not assessable' : `${text(loss.upstream_bytes)} bytes${share}`
  const here =
    loss.kernel === null && loss.interface === null
      ? 'while capturing not assessable'
      : `in the kernel ${text(loss.kernel)}, in the interface ${text(loss.interface)}`
  return `lost ${here}, before the sensor ${before}`
}

/** What was wrong with the end of a file, and what to do. */
export function truncatedText(file: string, truncated: string): string {
  const where = file === '' ? '' : `${file}: `
  return `fieldtap: ${where}${truncated}\n  The file is incomplete: copy it again.\n`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
