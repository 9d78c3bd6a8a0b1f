/**
 * Dead letters of observations that somebody wants sent again. They are looked for first: a letter
 * that arrived is not sent twice, whatever happened to the answer.
 */
import type { DeadLetter } from '../outbox.ts'
import { backoffMs } from './backoff.ts'
import type { Limits } from './batches.ts'
import type { Parts } from './cargo.ts'
import type { Fate } from './cluster.ts'
import { refusalOf } from './dead-letter.ts'
import { reasonOf } from './traffic.ts'

/** Each may be large, and alone in its request after a 413. */
const LETTERS_MAX = 100

export class Letters {
  readonly #parts: Parts
  #tries = 0
  /** Not before; what was not answered is looked for only once it can be there. */
  #due = 0
  /** In one request; fewer after a 413. */
  #most = LETTERS_MAX

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async step(limits: Limits): Promise<boolean> {
    const { depot, clock } = this.#parts
    if (clock.now() < this.#due) return false
    const letters = await depot.replayed(Math.min(limits.docs, this.#most))
    const [first] = letters
    if (first === undefined) return false
    const of = letters.filter(({ place }) => place === first.place)
    await this.#send(first.place, of)
    return true
  }

  async #send(place: string, letters: readonly DeadLetter[]): Promise<void> {
    const { depot, cluster, traffic, flights } = this.#parts
    const ids = letters.map(({ id }) => id)
    const there = await this.#look(place, ids)
    if (there === undefined) return
    const isThere = ({ id }: DeadLetter): boolean => (there.get(id) ?? []).length > 0
    const known = letters.filter(isThere)
    traffic.found(known.length)
    if (known.length > 0) await depot.exhumed(known.map(({ id }) => id))
    const absent = letters.filter((letter) => !isThere(letter))
    if (absent.length === 0) return
    const n = await flights.begin({ stream: place, ids, segment: '', after: 0, to: 0 })
    const fates = await cluster.resend(absent)
    const of = (i: number): Fate => fates[i] ?? { kind: 'unknown', reason: 'no answer for it' }
    traffic.learn(absent.map((_, i) => of(i)))
    if (absent.some((_, i) => of(i).kind === 'unknown')) flights.watch(n, place, ids)
    else await flights.end(n)
    await this.#settle(absent, of)
  }

  async #look(place: string, ids: string[]): Promise<Map<string, string[]> | undefined> {
    try {
      return await this.#parts.cluster.present(place, ids)
    } catch (error) {
      this.#parts.traffic.failed(reasonOf(error))
      this.#postpone()
      return undefined
    }
  }

  async #settle(letters: readonly DeadLetter[], of: (i: number) => Fate): Promise<void> {
    const { depot } = this.#parts
    const done = letters.filter((_, i) => of(i).kind === 'done')
    const again = letters.flatMap((letter, i) => {
      const refusal = refusalOf(of(i), letters.length === 1)
      return refusal === undefined ? [] : [{ ...letter, ...refusal, tries: letter.tries + 1 }]
    })
    if (done.length > 0) await depot.exhumed(done.map(({ id }) => id))
    if (again.length > 0) await depot.bury(again)
    const isTooLarge = letters.some((_, i) => of(i).kind === 'too-large')
    this.#most = isTooLarge ? Math.max(1, Math.floor(letters.length / 2)) : LETTERS_MAX
    if (done.length + again.length === letters.length || isTooLarge) this.#tries = 0
    else this.#postpone()
  }

  #postpone(): void {
    const { clock } = this.#parts
    this.#due = clock.now() + backoffMs(++this.#tries, () => clock.random())
  }
}
