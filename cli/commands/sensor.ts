import type { Command } from 'commander'
import { announce } from '../announce.ts'
import { CommandError } from '../command.ts'
import type { CliCommand } from '../command.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { captureFlags, storeFlags } from '../run-flags.ts'
import { runSensor } from '../sensor-main.ts'
import { stopSignal } from '../stop-signal.ts'

function noSource(): CommandError {
  return new CommandError(
    'SOURCE_MISSING',
    'the sensor was given nothing to listen to',
    'Name a mirror port (--interface eth1) or a capture file; fieldtap start alone plays the ' +
      'demonstration.',
  )
}

export const command: CliCommand = {
  summary: 'run the sensor alone: capture and judge, into the store',
  example: 'fieldtap sensor --interface eth1 --data /var/lib/fieldtap',
  define(command: Command) {
    captureFlags(storeFlags(command))
      .option('--stay', 'after a capture file ended, go on applying decisions until stopped')
      .action(async (files: string[], flags: RunFlags & { stay?: boolean }) => {
        const options = resolveOptions(files, flags)
        // `start` has said it all, and its demonstration has a store of its own.
        const isAlone = !process.connected
        if (isAlone && options.source.kind === 'demo') throw noSource()
        const begins = isAlone ? () => announce(options) : undefined
        await runSensor(options, stopSignal(), flags.stay === true, begins)
      })
  },
}
