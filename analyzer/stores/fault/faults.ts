/**
 * A short session again and again, each time with one call to the disk more that fails: the N-th
 * alone, or all from the N-th on. Run below trace.c: `node faults.ts JSON`. Prints the sum as JSON.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LocalStore } from '../local.ts'
import { StoreError } from '../store.ts'
import { openSqliteStore } from '../sqlite.ts'
import { Claims, damages, hold } from './proof.ts'
import type { Fault } from './shim.ts'
import { setFault } from './shim.ts'
import { Workload } from './workload.ts'

export interface Faults {
  disk: string
  /** The file that trace.c looks at. */
  fault: string
  /** N is 1 to this. */
  most: number
  /** Which fault, once or from the N-th on (0), from the start or once the store is open. */
  series: readonly Series[]
}
export type Series = readonly [error: Fault['error'], count: 0 | 1, from: 'start' | 'open']

export interface FaultSum {
  runs: number
  /** Calls of the store that said that they failed. */
  refused: number
  claimed: number
  lost: number
  doubled: number
  corrupt: number
  /** The same store did not go on when the fault was over. */
  stuck: number
  examples: string[]
}

/** What changes a file or a folder. */
const KINDS = 'WTSCUM'
const STEPS = 8
const OPTIONS = { segmentBytesMax: 40_000 }

class Run {
  readonly #data: string
  readonly #claims = new Claims()
  readonly #sum: FaultSum
  readonly #name: string
  #number = 1

  constructor(data: string, name: string, sum: FaultSum) {
    this.#data = data
    this.#name = name
    this.#sum = sum
  }

  async session(from: Series[2], fault: () => void, over: () => void): Promise<void> {
    rmSync(this.#data, { recursive: true, force: true })
    if (from === 'start') fault()
    // A store that cannot be opened has acknowledged nothing.
    let store = await openSqliteStore(this.#data, OPTIONS).catch((error) => this.#refused(error))
    if (from === 'open') fault()
    if (store !== undefined) await this.#work(store, (error) => this.#refused(error))
    over()
    store ??= await openSqliteStore(this.#data, OPTIONS)
    await this.#work(store, (error) => this.#flaw('stuck', String(error)))
    await this.#hold(store)
    await store.close()
    const again = await openSqliteStore(this.#data, OPTIONS)
    await this.#hold(again)
    await again.close()
    for (const damage of damages(this.#data)) this.#flaw('corrupt', damage)
    this.#sum.claimed += this.#claims.size
    this.#sum.runs++
  }

  async #work(store: LocalStore, failed: (error: unknown) => void): Promise<void> {
    const stores = { sensor: store, console: store }
    const add = (claims: Parameters<Claims['add']>[0]): void => this.#claims.add(claims)
    const work = new Workload(this.#number++, stores, add, failed)
    for (let step = 0; step < STEPS; step++) await work.step()
  }

  /** It must say so as the contract says it; anything else is a mistake of ours. */
  #refused(error: unknown): undefined {
    this.#sum.refused++
    if (!(error instanceof StoreError)) this.#flaw('stuck', (error as Error).stack ?? '')
  }

  async #hold(store: LocalStore): Promise<void> {
    const { lost, doubled } = await hold(store, this.#claims)
    for (const text of lost) this.#flaw('lost', text)
    for (const text of doubled) this.#flaw('doubled', text)
  }

  #flaw(flaw: 'lost' | 'doubled' | 'corrupt' | 'stuck', text: string): void {
    this.#sum[flaw]++
    if (this.#sum.examples.length < 8) this.#sum.examples.push(`${this.#name}: ${flaw}: ${text}`)
  }
}

async function sumOf({ disk, fault, most, series }: Faults): Promise<FaultSum> {
  const sum = { runs: 0, refused: 0, claimed: 0, lost: 0, doubled: 0, corrupt: 0, stuck: 0 }
  const all: FaultSum = { ...sum, examples: [] }
  for (const [error, count, from] of series) {
    for (let first = 1; first <= most; first++) {
      const name = `${error} ${count === 1 ? 'at' : 'from'} call ${first} after ${from}`
      const one: Fault = { kinds: KINDS, error, first, count, turn: all.runs }
      const run = new Run(join(disk, 'data'), name, all)
      await run.session(
        from,
        () => setFault(fault, one),
        () => setFault(fault, undefined),
      )
    }
  }
  return all
}

if (import.meta.main) {
  const sum = await sumOf(JSON.parse(process.argv[2] ?? '{}') as Faults)
  process.stdout.write(`${JSON.stringify(sum)}\n`)
}
