import type { Command } from 'commander'
import type { CliCommand } from '../command.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { storeFlags } from '../run-flags.ts'
import { runShipper } from '../shipper-main.ts'
import { stopSignal } from '../stop-signal.ts'

export const command: CliCommand = {
  summary: 'send what the store holds to the cluster that is configured',
  example: 'fieldtap shipper --config /etc/fieldtap/fieldtap.yaml',
  define(command: Command) {
    storeFlags(command)
      .option('--anew', 'forget first what was delivered: for a cluster that is another one')
      .addHelpText(
        'after',
        '\nIt is one process beside the sensor, and fieldtap start runs it. Nothing is lost while' +
          '\nit is stopped: it goes on where it was.' +
          '\n\nExit codes: 0 stopped; 2 error, also where the store cannot be used any more.',
      )
      .action(async (flags: RunFlags & { anew?: boolean }) => {
        const options = resolveOptions([], flags, 'live')
        await runShipper(options, stopSignal(), flags.anew === true)
      })
  },
}
