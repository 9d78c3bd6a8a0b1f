/** Loads what people wrote — policy, baseline, rules — and tells every error of all of them. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BaselineFile, InputError, Policy, RuleSet } from '#analyzer'
import { Baseline, loadPolicy, loadRules, readRuleFiles } from '#analyzer'
import { InputErrors } from './command.ts'
import { reasonOf } from './system-error.ts'

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

export interface InputText {
  readonly kind: 'policy' | 'baseline'
  readonly name: string
  readonly text: string
}

export interface Inputs {
  readonly policy: Policy | undefined
  readonly policyFile: string
  /** As written, for the record. */
  readonly texts: readonly InputText[]
  readonly baselineFile: BaselineFile | undefined
  readonly rules: RuleSet
}

/** Throws `InputErrors` with all errors of all files. */
export function loadInputs(paths: InputPaths): Inputs {
  const { inputs, errors } = collectInputs(paths)
  if (errors.length > 0) throw new InputErrors(errors)
  return inputs
}

/** Each file for itself: an error in one hides none in another. */
export function collectInputs(paths: InputPaths): { inputs: Inputs; errors: InputError[] } {
  const errors: InputError[] = []
  const policy = readText(paths.policy, 'policy', errors)
  const loadedPolicy =
    policy === undefined ? undefined : loadPolicy(policy.text, shownPath(policy.file))
  const baseline = readText(paths.baseline, 'baseline', errors)
  const loadedBaseline =
    baseline === undefined ? undefined : Baseline.load(baseline.text, shownPath(baseline.file))
  const rules = loadRules(ruleFiles(paths.rules ?? [], errors))
  errors.push(...(loadedPolicy?.errors ?? []), ...(loadedBaseline?.errors ?? []), ...rules.errors)
  const inputs = {
    policy: loadedPolicy?.policy,
    policyFile: paths.policy === undefined ? '' : shownPath(paths.policy),
    texts: [...textOf('policy', policy), ...textOf('baseline', baseline)],
    baselineFile: loadedBaseline?.file,
    rules: rules.rules,
  }
  return { inputs, errors }
}

function textOf(
  kind: InputText['kind'],
  read: { file: string; text: string } | undefined,
): InputText[] {
  return read === undefined ? [] : [{ kind, name: shownPath(read.file), text: read.text }]
}

/** As a person here would name it: relative where that is shorter. */
function shownPath(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('..') ? file : near
}

function ruleFiles(
  paths: readonly string[],
  errors: InputError[],
): { file: string; text: string }[] {
  const files = readRuleFiles([bundled('rules')]).map(({ file, text }) => {
    return { file: relative(bundled('.'), file), text }
  })
  for (const path of paths) {
    try {
      files.push(...readRuleFiles([path]))
    } catch (error) {
      errors.push(unreadable('rules', path, error))
    }
  }
  return files
}

function readText(
  file: string | undefined,
  what: string,
  errors: InputError[],
): { file: string; text: string } | undefined {
  if (file === undefined) return undefined
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    errors.push(unreadable(what, file, error))
    return undefined
  }
}

function unreadable(what: string, file: string, error: unknown): InputError {
  return {
    file,
    line: 1,
    column: 1,
    code: `${what.toUpperCase()}_UNREADABLE`,
    message: `the ${what} cannot be read: ${reasonOf(error)}`,
    remedy: `Name ${what === 'rules' ? 'a file or folder' : 'a file'} that is there and may be read, or leave it out.`,
  }
}
