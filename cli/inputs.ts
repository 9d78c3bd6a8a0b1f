/** Loads what people wrote — policy, baseline, rules — and tells every error of all of them. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BaselineFile, InputError, Policy, RuleSet } from '#analyzer'
import { Baseline, loadPolicy, loadRules, readRuleFiles } from '#analyzer'
import { CommandError, InputErrors } from './command.ts'

const root = new URL('../', import.meta.url)

/** A file or folder of the package itself. */
export function bundled(path: string): string {
  return fileURLToPath(new URL(path, root))
}

export interface InputPaths {
  readonly policy?: string | undefined
  readonly baseline?: string | undefined
  /** Added to the shipped ones. */
  readonly rules?: readonly string[] | undefined
}

export interface Inputs {
  readonly policy: Policy | undefined
  readonly policyFile: string
  readonly baselineFile: BaselineFile | undefined
  readonly rules: RuleSet
}

/** Throws `InputErrors` with all errors of all files, `CommandError` where one cannot be read. */
export function loadInputs(paths: InputPaths): Inputs {
  const errors: InputError[] = []
  let policy: Policy | undefined
  if (paths.policy !== undefined) {
    const loaded = loadPolicy(readText(paths.policy, 'policy'), shownPath(paths.policy))
    policy = loaded.policy
    errors.push(...loaded.errors)
  }
  let baselineFile: BaselineFile | undefined
  if (paths.baseline !== undefined) {
    const loaded = Baseline.load(readText(paths.baseline, 'baseline'), paths.baseline)
    baselineFile = loaded.file
    errors.push(...loaded.errors)
  }
  const { rules, errors: ruleErrors } = loadRules(ruleFiles(paths.rules ?? []))
  errors.push(...ruleErrors)
  if (errors.length > 0) throw new InputErrors(errors)
  const policyFile = paths.policy === undefined ? '' : shownPath(paths.policy)
  return { policy, policyFile, baselineFile, rules }
}

/** As a person here would name it: relative where that is shorter. */
function shownPath(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}

function ruleFiles(paths: readonly string[]): { file: string; text: string }[] {
  try {
    const shipped = readRuleFiles([bundled('rules')]).map(({ file, text }) => {
      return { file: relative(bundled('.'), file), text }
    })
    return [...shipped, ...readRuleFiles(paths)]
  } catch (error) {
    throw unreadable('rules', paths.join(', '), error)
  }
}

function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unreadable(what, file, error)
  }
}

function unreadable(what: string, file: string, error: unknown): CommandError {
  const reason = error instanceof Error ? error.message : String(error)
  return new CommandError(
    `${what.toUpperCase()}_UNREADABLE`,
    `the ${what} ${file} cannot be read: ${reason}`,
    `Name an existing ${what} file, or leave --${what} out.`,
  )
}
