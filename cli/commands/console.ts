import { once } from 'node:events'
import type { Command } from 'commander'
import type { CliCommand } from '../command.ts'
import { openConsole } from '../console-main.ts'
import { tellStore } from '../kept-store.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { consoleFlags, storeFlags } from '../run-flags.ts'
import { stopSignal } from '../stop-signal.ts'

export const command: CliCommand = {
  summary: 'serve the console alone, over the store of a sensor',
  example: 'fieldtap console --data /var/lib/fieldtap',
  define(command: Command) {
    consoleFlags(storeFlags(command)).action(async (flags: RunFlags) => {
      const stop = stopSignal()
      const options = resolveOptions([], flags, 'kept')
      const console = await openConsole(options, true)
      process.stderr.write(`fieldtap: console at ${console.url}\n`)
      tellStore(options.data)
      if (!stop.aborted) await once(stop, 'abort')
      await console.close()
    })
  },
}
