/** Waits for a change of a file: told by the system where it can, looked for in any case. */
import { watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Network file systems tell nothing. */
const LOOK_MS = 250

export class Waiting {
  readonly #path: string
  #watcher: FSWatcher | undefined = undefined
  #hasChanged = false
  #closed = false
  #wake: () => void = () => {}

  constructor(path: string) {
    this.#path = path
  }

  /** Until the file has changed since the last call, or it is time to look, or it was closed. */
  async wait(): Promise<void> {
    this.#watch()
    if (!this.#hasChanged && !this.#closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#hasChanged = false
  }

  /** Its directory: the file itself may be put away, and another take its place. */
  #watch(): void {
    if (this.#watcher !== undefined || this.#closed) return
    const name = basename(this.#path)
    try {
      this.#watcher = watch(dirname(this.#path), { persistent: false }, (_, changed) => {
        if (changed !== null && changed !== name) return
        this.#hasChanged = true
        this.#wake()
      })
      this.#watcher.on('error', () => this.#unwatch())
    } catch {
      // Too many watches, or none on this file system: looking for it is enough.
      this.#watcher = undefined
    }
  }

  #unwatch(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  close(): void {
    this.#closed = true
    this.#unwatch()
    this.#wake()
  }
}
