/** Lines to a stream in large pieces: a write per line would cost more than making it. */
import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

const PIECE_CHARS = 256 * 1024

export class LineWriter {
  readonly #out: Writable
  #lines: string[] = []
  #chars = 0

  constructor(out: Writable) {
    this.#out = out
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
    if (this.#out === process.stdout) writeAll(text)
    else this.#out.write(text)
  }

  async close(): Promise<void> {
    this.flush()
    if (this.#out === process.stdout) return
    this.#out.end()
    await finished(this.#out)
  }
}

/** A pipe of which the reader is slow says EAGAIN; the sensor has nothing else to do meanwhile. */
function writeAll(text: string): void {
  let bytes = Buffer.from(text)
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}
