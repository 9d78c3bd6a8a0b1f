/** The contract of a command whose output is a capture, and a line of words taken apart. */
import type { CaptureError } from './capture.ts'
import type { CommandCounts } from './messages.ts'

export interface PipeCommand {
  readonly way: string
  readonly program: string
  /** Its arguments, for the interface as it is called now. */
  words(name: string): readonly string[]
  /** Takes the numbers out of a line that it said. */
  read(line: string, counts: CommandCounts): void
  /** A filter leaves packets out; undefined where only the command knows. */
  readonly isFiltered?: boolean | undefined
  /** Makes it say its counters. */
  readonly ask?: NodeJS.Signals | undefined
  /** It hears nothing any more once its interface was down, and has to be started again. */
  readonly isDeafAfterDown?: boolean | undefined
  /** It was named by people and ends when it likes: with code 0 that is the end of the capture. */
  readonly mayEnd?: boolean | undefined
  /** What it cannot say, in words. */
  readonly limits: readonly string[]
  missing(): CaptureError
  /** Why it stopped, from what it said. */
  stopped(name: string, text: string, code: number | null): CaptureError
}

/**
 * Words of a command line: blanks part them, quotes and backslashes keep them together, as a shell
 * has it. Nothing else of a shell is done: who wants one names it (`sh -c '…'`). Undefined where
 * a quote does not end.
 */
export function commandWords(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < line.length; i++) {
    const letter = line.charAt(i)
    if (letter === '\\' && quote !== "'") word = (word ?? '') + line.charAt(++i)
    else if (letter === quote) quote = ''
    else if (quote !== '') word += letter
    else if (letter === "'" || letter === '"') {
      quote = letter
      word ??= ''
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + letter
  }
  if (quote !== '') return undefined
  return word === undefined ? words : [...words, word]
}
