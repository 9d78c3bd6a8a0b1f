/** Which store a console shows, by what is configured. */
import type { ElasticOptions } from './elastic/options.ts'
import type { ConsoleStore } from './fallback.ts'
import { FallbackStore } from './fallback.ts'
import type { LocalStore } from './local.ts'
import { signingKey } from './sign.ts'
import type { SqliteOptions } from './sqlite.ts'
import { openSqliteStore } from './sqlite.ts'

export interface ShownOptions {
  /** Folder of this machine's own store. */
  data: string
  sqlite: SqliteOptions
  /** Undefined: there is no cluster. */
  cluster: ElasticOptions | undefined
}

export interface ShownStore {
  /** Closes the others too. */
  store: ConsoleStore
  local: LocalStore
  /** What waits for the cluster; undefined: there is none. */
  outbox: LocalStore | undefined
  away: () => { reason: string } | undefined
}

/** Rejects where this machine has no store; a cluster that is away is waited for behind it. */
export async function openConsoleStore(options: ShownOptions): Promise<ShownStore> {
  const { data, sqlite, cluster } = options
  const local = await openSqliteStore(data, sqlite)
  if (cluster === undefined) {
    return { store: local, local, outbox: undefined, away: () => undefined }
  }
  try {
    const key = signingKey(data)
    const open = async (): Promise<ConsoleStore> => {
      // Its client takes 84 MB, and most consoles have no cluster.
      const { openElasticStore } = await import('./elastic/store.ts')
      return openElasticStore(cluster, key)
    }
    const store = new FallbackStore({ open, local })
    return { store, local, outbox: local, away: () => store.away() }
  } catch (error) {
    await local.close()
    throw error
  }
}
