/** After `g`, the next letter goes somewhere, whatever else it means; once, and not for long. */
const PREFIX_MS = 1000

/** `alone`: the key means what it says. `waits`: the prefix. `goes`: the letter after it. */
export type Heard = 'alone' | 'waits' | 'goes'

type Pressed = Pick<KeyboardEvent, 'key' | 'timeStamp' | 'ctrlKey' | 'metaKey' | 'altKey'>

export class Prefix {
  #at = Number.NEGATIVE_INFINITY

  hear({ key, timeStamp, ctrlKey, metaKey, altKey }: Pressed): Heard {
    if (ctrlKey || metaKey || altKey) return 'alone'
    const waited = timeStamp - this.#at < PREFIX_MS
    if (key === 'g') {
      this.#at = timeStamp
      return 'waits'
    }
    // Shift and its like are pressed on the way to a letter; Escape and Enter end the waiting.
    if (key === 'Shift') return 'alone'
    this.#at = Number.NEGATIVE_INFINITY
    return waited && key.length === 1 ? 'goes' : 'alone'
  }
}
