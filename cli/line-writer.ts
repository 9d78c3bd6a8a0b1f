/** Lines to a file in large pieces: a write per line would cost more than making it. */
import { writeSync } from 'node:fs'
import { clearOutput, closeOutput, endIfGone } from './output.ts'

const PIECE_CHARS = 256 * 1024

export class LineWriter {
  readonly #handle: number
  #lines: string[] = []
  #chars = 0

  constructor(handle: number) {
    this.#handle = handle
    clearOutput(handle)
  }

  line(text: string): void {
    this.#lines.push(text, '\n')
    this.#chars += text.length + 1
    if (this.#chars >= PIECE_CHARS) this.flush()
  }

  flush(): void {
    if (this.#chars === 0) return
    const text = this.#lines.join('')
    this.#lines = []
    this.#chars = 0
    writeAll(this.#handle, text)
  }

  close(): void {
    this.flush()
    closeOutput(this.#handle)
  }
}

/** A pipe of which the reader is slow says EAGAIN; the sensor has nothing else to do meanwhile. */
function writeAll(handle: number, text: string): void {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(handle, bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') endIfGone(error)
    }
  }
}
