/** Everything that must balance, from the counters of a run and the state of its capture. */
import type { CaptureStatus } from '../capture/capture.ts'
import type { Account, Counts } from './account.ts'
import { assess } from './account.ts'
import { handedAccount } from './handed.ts'
import { equations } from './identities.ts'
import { upstreamAccount } from './upstream.ts'
import { wireAccounts } from './wire.ts'

export interface Run {
  /** Of the sensor and the analyzer, by name. */
  readonly counters: Counts
  /** Undefined where nobody knows what was captured. */
  readonly capture: CaptureStatus | undefined
  /** Nothing may wait any more. */
  readonly ended: boolean
  /** Before the end of a file: what was read ahead was not looked at. */
  readonly stopped?: boolean | undefined
}

export function accountsOf(run: Run): Account[] {
  const { counters, capture, ended } = run
  return [
    ...wireAccounts(capture, ended),
    handedAccount(run),
    ...equations
      .filter(({ left }) => left.some(([name]) => name in counters))
      .map((equation) => assess(equation, counters, ended)),
    upstreamAccount(counters, capture?.dropped ?? 0),
  ]
}

/** Those that do not balance. */
export function unbalanced(accounts: readonly Account[]): Account[] {
  return accounts.filter(({ residue }) => residue !== undefined && residue !== 0)
}

/** As much of an account as names what is left. */
export interface Residue {
  readonly identity: string
  readonly part: string
  readonly unit: string
  readonly residue?: number | null | undefined
}

/** For people: `I2 packets: 3 packets without a fate`. */
export function residueText({ identity, part, unit, residue }: Residue): string {
  const left = residue ?? 0
  const what = left > 0 ? 'without a fate' : 'with more than one fate'
  return `${identity} ${part}: ${Math.abs(left)} ${unit} ${what}`
}
