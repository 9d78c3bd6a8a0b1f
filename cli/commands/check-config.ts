import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { InputError } from '#analyzer'
import { formatInputError, yamlEntry } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { EXIT_CLEAN, EXIT_ERROR } from '../command.ts'
import { CONFIG_FILE, Config, placeOf, readConfig } from '../config.ts'
import { liveProblems } from '../live-check.ts'
import { collectInputs } from '../inputs.ts'
import type { Problems } from '../live-check.ts'
import { countText, shownLines } from '../print.ts'
import { clusterFileErrors } from '../elastic-options.ts'

export const command: CliCommand = {
  summary: 'check fieldtap.yaml and every file it names: all errors at once',
  example: 'fieldtap check-config fieldtap.yaml',
  define(command: Command) {
    command
      .argument('[file]', 'the configuration', CONFIG_FILE)
      .option('--schema', 'print the JSON Schema of the configuration instead')
      .action(checkConfig)
  },
}

function checkConfig(file: string, options: { schema?: boolean }): void {
  if (options.schema) {
    process.stdout.write(`${JSON.stringify(Config, null, 2)}\n`)
    return
  }
  const { errors, warnings } = configProblems(file)
  for (const error of errors) process.stderr.write(`${shownLines(formatInputError(error))}\n`)
  for (const warning of warnings) {
    const message = `warning: ${warning.message}`
    process.stderr.write(`${shownLines(formatInputError({ ...warning, message }))}\n`)
  }
  process.exitCode = errors.length === 0 ? EXIT_CLEAN : EXIT_ERROR
  const warned = warnings.length > 0 ? `, ${countText(warnings.length, 'warning')}` : ''
  if (errors.length > 0) {
    const sum = `${file}: ${countText(errors.length, 'error')}${warned}`
    process.stderr.write(shownLines(`${sum}, in it and in what it names\n`))
    return
  }
  process.stdout.write(`${file}: no errors${warned}\n`)
}

/** Of the configuration and of every file that it names. */
function configProblems(file: string): Problems {
  const { config, errors, node } = readConfig(file)
  const base = dirname(resolve(file))
  const missing: InputError[] = []
  const named = (path: string | undefined, ...keys: string[]): string | undefined => {
    if (path === undefined) return undefined
    const found = resolve(base, path)
    if (existsSync(found)) return found
    missing.push({
      file,
      ...placeOf(node, ...keys),
      code: 'FILE_NOT_FOUND',
      message: `${path} does not exist`,
      remedy: `Paths are relative to ${base}: mend the path or make the file.`,
    })
    return undefined
  }
  const rules = typeof config.rules === 'string' ? [config.rules] : (config.rules ?? [])
  const paths = {
    policy: named(config.policy, 'policy'),
    baseline: named(config.baseline, 'baseline'),
    rules: rules.flatMap((path) => named(path, 'rules') ?? []),
  }
  const live = liveProblems(config, node, file)
  const { elasticsearch } = config
  const part = node && yamlEntry(node, 'elasticsearch')?.value
  const cluster = elasticsearch && clusterFileErrors(elasticsearch, part, file, base)
  const own = [...errors, ...missing, ...live.errors, ...(cluster ?? [])].sort(
    (a, b) => a.line - b.line || a.column - b.column,
  )
  return { errors: [...own, ...collectInputs(paths).errors], warnings: live.warnings }
}
