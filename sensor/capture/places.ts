/** Where the packets of merged captures are: in which of them, and which number they have there. */

/** Runs of packets of one capture, the newest: a finding cites what was read not long ago. */
export const RUNS_MAX = 1 << 20
const RUNS_MIN = 1024

export class Places {
  /** A ring of runs: number of the first packet, its capture, its number there. */
  #start = new Float64Array(RUNS_MIN)
  #part = new Int32Array(RUNS_MIN)
  #number = new Float64Array(RUNS_MIN)
  /** Runs ever begun; the oldest are gone. */
  #runs = 0

  /** From packet `start` on, counted over all, they are those of `part` from `number` on. */
  begin(start: number, part: number, number: number): void {
    const last = (this.#runs - 1) % this.#start.length
    if (this.#runs > 0 && this.#part[last] === part) {
      const ahead = start - (this.#start[last] as number)
      if ((this.#number[last] as number) + ahead === number) return
    }
    if (this.#runs === this.#start.length && this.#runs < RUNS_MAX) this.#grow()
    const at = this.#runs++ % this.#start.length
    this.#start[at] = start
    this.#part[at] = part
    this.#number[at] = number
  }

  #grow(): void {
    const length = this.#start.length * 2
    const [start, part, number] = [this.#start, this.#part, this.#number]
    this.#start = new Float64Array(length)
    this.#part = new Int32Array(length)
    this.#number = new Float64Array(length)
    this.#start.set(start)
    this.#part.set(part)
    this.#number.set(number)
  }

  /** The capture and the number there; undefined of what was never read, or is forgotten. */
  of(packet: number): { part: number; number: number } | undefined {
    const size = this.#start.length
    let low = Math.max(0, this.#runs - size)
    let high = this.#runs - 1
    if (high < low || (this.#start[low % size] as number) > packet) return undefined
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#start[middle % size] as number) <= packet) low = middle
      else high = middle - 1
    }
    const at = low % size
    const ahead = packet - (this.#start[at] as number)
    return { part: this.#part[at] as number, number: (this.#number[at] as number) + ahead }
  }
}
