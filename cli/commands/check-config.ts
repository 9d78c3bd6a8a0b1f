import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import type { InputError } from '#analyzer'
import { formatInputError } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { EXIT_CLEAN, EXIT_ERROR, InputErrors } from '../command.ts'
import { CONFIG_FILE, Config, readConfig } from '../config.ts'
import { loadInputs } from '../inputs.ts'

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
  const { config, errors } = readConfig(file)
  const all: InputError[] = [...errors]
  const base = dirname(resolve(file))
  const named = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(base, path)
  const rules = typeof config.rules === 'string' ? [config.rules] : (config.rules ?? [])
  for (const path of [config.policy, config.baseline, ...rules]) {
    if (path === undefined || existsSync(resolve(base, path))) continue
    all.push({
      file,
      line: 1,
      column: 1,
      code: 'FILE_NOT_FOUND',
      message: `${path} does not exist`,
      remedy: `Paths are relative to ${base}: mend the path or make the file.`,
    })
  }
  if (all.length === errors.length) {
    try {
      loadInputs({
        policy: named(config.policy),
        baseline: named(config.baseline),
        rules: rules.map((path) => resolve(base, path)),
      })
    } catch (error) {
      if (!(error instanceof InputErrors)) throw error
      all.push(...error.errors)
    }
  }
  if (all.length === 0) {
    process.stdout.write(`${file}: no errors\n`)
    process.exitCode = EXIT_CLEAN
    return
  }
  for (const error of all) process.stderr.write(`${formatInputError(error)}\n`)
  process.exitCode = EXIT_ERROR
}
