import type { Command } from 'commander'
import type { CliCommand } from '../command.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { captureFlags, storeFlags } from '../run-flags.ts'
import { runSensor } from '../sensor-main.ts'
import { stopSignal } from '../stop-signal.ts'

export const command: CliCommand = {
  summary: 'run the sensor alone: capture and judge, into the store',
  example: 'fieldtap sensor --interface eth1 --data /var/lib/fieldtap',
  define(command: Command) {
    captureFlags(storeFlags(command))
      .option('--stay', 'after a capture file ended, go on applying decisions until stopped')
      .action(async (file: string | undefined, flags: RunFlags & { stay?: boolean }) => {
        await runSensor(resolveOptions(file, flags), stopSignal(), flags.stay === true)
      })
  },
}
