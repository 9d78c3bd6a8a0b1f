/** What a capturing command says on its standard error: its numbers, and its last words. */

export interface CommandCounts {
  /** Passed the filter; those lost are among them. */
  passed: number | undefined
  dropped: number | undefined
  droppedByInterface: number | undefined
}

/** Text kept for the reason of a failure. */
const TEXT_LENGTH_MAX = 4096

export class Messages {
  /** Undefined is `not-assessable`. */
  readonly counts: CommandCounts = {
    passed: undefined,
    dropped: undefined,
    droppedByInterface: undefined,
  }
  text = ''
  readonly #read: (line: string, counts: CommandCounts) => void
  #line = ''

  constructor(read: (line: string, counts: CommandCounts) => void) {
    this.#read = read
  }

  add(chunk: string): void {
    this.text = (this.text + chunk).slice(-TEXT_LENGTH_MAX)
    const lines = (this.#line + chunk).split(/[\r\n]/)
    this.#line = (lines.pop() ?? '').slice(-TEXT_LENGTH_MAX)
    for (const line of lines) this.#read(line, this.counts)
  }
}

export function numberIn(line: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(line)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** The last line that says something; `noise` is what is said at every end. */
export function lastLine(text: string, noise: RegExp): string {
  const lines = text.split(/[\r\n]/).map((line) => line.trim())
  return lines.findLast((line) => line !== '' && !noise.test(line)) ?? ''
}
