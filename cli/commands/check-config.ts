import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { InputError } from '#analyzer'
import { formatInputError } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { EXIT_CLEAN, EXIT_ERROR } from '../command.ts'
import { CONFIG_FILE, Config, placeOf, readConfig } from '../config.ts'
import { collectInputs } from '../inputs.ts'
import { shownLines } from '../print.ts'

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
  const all = configErrors(file)
  if (all.length === 0) {
    process.stdout.write(`${file}: no errors\n`)
    process.exitCode = EXIT_CLEAN
    return
  }
  for (const error of all) process.stderr.write(`${shownLines(formatInputError(error))}\n`)
  process.exitCode = EXIT_ERROR
}

/** Of the configuration and of every file that it names. */
function configErrors(file: string): InputError[] {
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
  return [...errors, ...missing, ...collectInputs(paths).errors]
}
