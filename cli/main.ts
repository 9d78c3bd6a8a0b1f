/** Finds the commands by listing their folder, and runs the one that was asked for. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Command } from 'commander'
import type { CliCommand } from './command.ts'
import { EXIT_ERROR, printError } from './command.ts'
import { version } from './version.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'commands')
const commandFile = /^([a-z-]+)\.(?:ts|js)$/

async function build(): Promise<Command> {
  const program = new Command('fieldtap')
  program
    .description('Passive security sensor for industrial networks. It never transmits.')
    .version(version, '-V, --version')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nExample:\n  fieldtap analyze capture.pcapng')
    .exitOverride()
  explain(program, 'fieldtap --help')
  for (const file of readdirSync(folder).sort()) {
    const name = commandFile.exec(file)?.[1]
    if (name === undefined) continue
    const module: { command: CliCommand } = await import(pathToFileURL(join(folder, file)).href)
    const { summary, example, define } = module.command
    const command = program.command(name).description(summary)
    define(command)
    command.addHelpText('after', `\nExample:\n  ${example}`).exitOverride()
    for (const one of [command, ...command.commands]) explain(one, `fieldtap ${name} --help`)
  }
  return program
}

/** A command line that is none is told like every error: what is wrong, and what to do. */
function explain(command: Command, help: string): void {
  command.configureOutput({
    outputError: (text, write) => write(text.replace(/^error: /, 'fieldtap: ')),
  })
  command.showHelpAfterError(`  See what there is: ${help}`)
}

async function main(): Promise<void> {
  const program = await build()
  try {
    await program.parseAsync(process.argv)
  } catch (error) {
    if (isCommander(error)) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR
      return
    }
    printError(error)
    process.exitCode = EXIT_ERROR
  }
}

function isCommander(error: unknown): error is { exitCode: number; code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')
}

// Connections of a flood live long enough to be old, and then die: left alone, the heap grows to
// four times what lives before they are looked for. It costs no time that could be measured.
setFlagsFromString('--heap-growing-percent=50')

// A reader that goes away (`fieldtap analyze … | head`) is no error of ours: what was found
// before decides how it ends, so that it does not depend on what the pipe still took.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? EXIT_ERROR)
  throw error
})

await main()
