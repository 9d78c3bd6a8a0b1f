/** An error in what an operator wrote: all of them are shown at once, each with its remedy. */
export interface InputError {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly code: string
  readonly message: string
  readonly remedy: string
}

export function formatInputError(error: InputError): string {
  const { file, line, column, message, remedy } = error
  return `${file}:${line}:${column}: ${message}. ${remedy}`
}
