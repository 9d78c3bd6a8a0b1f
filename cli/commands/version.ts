import type { CliCommand } from '../command.ts'
import { version } from '../version.ts'

export const command: CliCommand = {
  summary: 'print the version of fieldtap and of the Node that runs it',
  example: 'fieldtap version',
  define(command) {
    command.action(() => {
      process.stdout.write(`fieldtap ${version} (Node ${process.versions.node})\n`)
    })
  },
}
