/** Everything that must balance, from the counters of a run and the state of its capture. */
import type { CaptureStatus } from '../capture/capture.ts'
import type { Account, Counts } from './account.ts'
import { assess } from './account.ts'
import { handedAccount } from './handed.ts'
import { equations, sensorEquations } from './identities.ts'
import { upstreamAccount } from './upstream.ts'
import { wireAccounts } from './wire.ts'

export interface Run {
  /** Of the sensor and the analyzer, by name. */
  readonly counters: Counts
  readonly captures: readonly CaptureStatus[]
  /** Nothing may wait any more. */
  readonly ended: boolean
  /** Before the end of a file: what was read ahead was not looked at. */
  readonly stopped?: boolean | undefined
}

export function accountsOf(run: Run): Account[] {
  const { counters, captures, ended } = run
  return [
    ...wireAccounts(captures, ended),
    handedAccount(run),
    ...equations.map((equation) => assess(equation, counters, ended)),
    upstreamAccount(counters),
  ]
}

/** Of a sensor alone, by its own counters. */
export function sensorAccounts(counters: Counts, ended: boolean): Account[] {
  return sensorEquations.map((equation) => assess(equation, counters, ended))
}

/** Those that do not balance. */
export function unbalanced(accounts: readonly Account[]): Account[] {
  return accounts.filter(({ residue }) => residue !== undefined && residue !== 0)
}

/** For people: `I2 packets: 3 packets without a fate`. */
export function residueText({ identity, part, unit, residue = 0 }: Account): string {
  const what = residue > 0 ? 'without a fate' : 'with more than one fate'
  return `${identity} ${part}: ${Math.abs(residue)} ${unit} ${what}`
}
