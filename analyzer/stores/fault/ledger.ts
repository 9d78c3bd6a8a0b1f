/** What a session has claimed so far, and what each of its backups must hold therefore. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '../sqlite.ts'
import { restoreStore } from '../sqlite/backup.ts'
import type { Verdict } from './proof.ts'
import { Claims, damages, hold } from './proof.ts'
import type { Claim } from './workload.ts'

export class Ledger {
  readonly claims = new Claims()
  readonly #begun = new Map<string, readonly Claim[]>()
  restored = 0
  /** The last that was acknowledged. */
  #backup: string | undefined

  take(made: readonly Claim[]): void {
    for (const [kind, id] of made) {
      if (kind === 'begins') this.#begun.set(id, this.claims.all())
      if (kind === 'backup') this.#backup = id
    }
    this.claims.add(made.filter(([kind]) => kind !== 'begins' && kind !== 'backup'))
  }

  /** They are deleted. */
  forgetBackups(): void {
    this.#backup = undefined
  }

  /** Restores the last backup below `from` to `to`; undefined: there is none. */
  async restore(from: string, to: string, keepsAll = true): Promise<Verdict | undefined> {
    const name = this.#backup
    if (name === undefined) return undefined
    const claims = new Claims()
    // What was sent after the copy was begun may be in it.
    const begun = this.#begun.get(name) ?? []
    claims.add(begun.filter(([kind]) => kind !== 'shipping'))
    rmSync(to, { recursive: true, force: true })
    restoreStore(join(from, name), to)
    this.restored++
    const store = await openSqliteStore(to)
    try {
      const verdict = await hold(store, claims, keepsAll)
      const flaws = [...verdict.lost, ...damages(to)]
      return { lost: flaws.map((flaw) => `backup ${name}: ${flaw}`), doubled: verdict.doubled }
    } finally {
      await store.close()
    }
  }
}
