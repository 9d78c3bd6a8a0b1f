/** The console process: the API and the pages, over the store. */
import { createConsole, openConsoleStore } from '#analyzer'
import { diskTrouble } from './disk-trouble.ts'
import { bundled } from './inputs.ts'
import type { RunOptions } from './options.ts'
import { version } from './version.ts'

export interface RunningConsole {
  readonly url: string
  close(): Promise<void>
}

/** With `mustExist` a folder without a store is refused, not made. */
export async function openConsole(options: RunOptions, mustExist = false): Promise<RunningConsole> {
  const { operationsMax, data, cluster } = options
  const sqlite = { operationsMax, mustExist, isOwner: false }
  const shown = await openConsoleStore({ data, sqlite, cluster: cluster?.show })
  const { store } = shown
  try {
    const server = await createConsole({
      ...shown,
      ui: bundled('ui/dist'),
      host: options.host,
      port: options.port,
      version,
      diskTrouble: () => diskTrouble(options.data),
      folder: options.data,
    })
    return {
      url: server.url,
      close: async () => {
        await server.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
