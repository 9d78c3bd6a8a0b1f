/** A file that is followed and may not be there yet: what is waited for, and what never came. */
import { statSync } from 'node:fs'
import type { CaptureStatus } from '#sensor'
import { CommandError } from './command.ts'
import { shownLines } from './print.ts'

/** The header of pcap; that of pcapng is longer. */
const HEADER_BYTES = 24

export class Growing {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** Says that it waits, where nothing can be read yet. */
  tell(): void {
    const bytes = this.#bytes()
    if (bytes === undefined) say(`waiting for ${this.#file} to appear`)
    else if (bytes < HEADER_BYTES) say(`waiting for ${this.#file} to grow: no capture has begun`)
  }

  /** At the end: throws where nothing was ever read. */
  check({ bytes }: CaptureStatus): void {
    if (bytes >= HEADER_BYTES) return
    const isThere = this.#bytes() !== undefined
    throw new CommandError(
      'FOLLOW_NOTHING',
      `${this.#file} ${isThere ? 'never became a capture' : 'never appeared'}`,
      'Check the path, and whether something writes a capture to it.',
    )
  }

  /** Of what is no file, opening it tells. */
  #bytes(): number | undefined {
    const found = statSync(this.#file, { throwIfNoEntry: false })
    return found?.isFile() === false ? HEADER_BYTES : found?.size
  }
}

function say(text: string): void {
  process.stderr.write(shownLines(`fieldtap: ${text}\n`))
}
