/** The contract of a command, and how commands end. */
import type { Command as Commander } from 'commander'
import type { InputError } from '#analyzer'
import { formatInputError } from '#analyzer'
import { shownLines } from './print.ts'

/** One file in `commands/`, found by listing it; its name is the command's. */
export interface CliCommand {
  readonly summary: string
  /** The line that ends its `--help`. */
  readonly example: string
  readonly define: (command: Commander) => void
}

export const EXIT_CLEAN = 0
/** Findings, or checks that failed. */
export const EXIT_FINDINGS = 1
export const EXIT_ERROR = 2

/** What stops a command: told in one line with its remedy, exit code 2, no stack. */
export class CommandError extends Error {
  readonly code: string
  readonly remedy: string

  constructor(code: string, message: string, remedy: string) {
    super(message)
    this.name = 'CommandError'
    this.code = code
    this.remedy = remedy
  }
}

/** Several of them, told at once. */
export class CommandErrors extends Error {
  readonly errors: readonly CommandError[]

  constructor(errors: readonly CommandError[]) {
    super(errors.map(({ message }) => message).join('\n'))
    this.name = 'CommandErrors'
    this.errors = errors
  }
}

/** Gathers what is wrong with a command line. */
export class Complaints {
  readonly #errors: CommandError[] = []

  add(code: string, message: string, remedy: string): void {
    this.take(new CommandError(code, message, remedy))
  }

  take(error: CommandError): void {
    this.#errors.push(error)
  }

  /** Throws where something was added. */
  check(): void {
    const [first] = this.#errors
    if (first === undefined) return
    throw this.#errors.length === 1 ? first : new CommandErrors(this.#errors)
  }
}

/** Errors in files that people wrote: all of them at once. */
export class InputErrors extends Error {
  readonly errors: readonly InputError[]

  constructor(errors: readonly InputError[]) {
    super(errors.map(formatInputError).join('\n'))
    this.name = 'InputErrors'
    this.errors = errors
  }
}

export interface Described {
  code: string
  message: string
  remedy: string
}

/** Code, message and remedy of whatever was thrown. */
export function describe(error: unknown): Described {
  if (error instanceof InputErrors) {
    return { code: 'INPUT_INVALID', message: error.message, remedy: 'Mend the lines above.' }
  }
  if (error instanceof Error && 'code' in error && 'remedy' in error) {
    return { code: String(error.code), message: error.message, remedy: String(error.remedy) }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    code: 'INTERNAL',
    message,
    remedy: 'This is a defect of fieldtap: please report it with the lines above.',
  }
}

export function printError(error: unknown): void {
  if (error instanceof CommandErrors) {
    for (const one of error.errors) printError(one)
    return
  }
  if (error instanceof InputErrors) {
    process.stderr.write(`${shownLines(error.message)}\n`)
    return
  }
  const { message, remedy } = describe(error)
  process.stderr.write(shownLines(`fieldtap: ${message}\n  ${remedy}\n`))
}
