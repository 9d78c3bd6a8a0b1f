import type { InputError } from './input.ts'
import type { Place } from './yaml.ts'

/** Collects what is wrong with one file, so that all of it is shown at once. */
export class InputErrors {
  readonly all: InputError[] = []
  readonly file: string

  constructor(file: string) {
    this.file = file
  }

  add(at: Place, code: string, message: string, remedy: string): void {
    const { line, column } = at
    this.all.push({ file: this.file, line, column, code, message, remedy })
  }
}
