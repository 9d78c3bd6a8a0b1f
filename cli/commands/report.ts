import { Option } from 'commander'
import type { Command } from 'commander'
import { loadReports, openStore, reportFormats } from '#analyzer'
import type { ReportFormat } from '#analyzer'
import type { CliCommand } from '../command.ts'
import { CommandError } from '../command.ts'
import { tellStore } from '../kept-store.ts'
import type { RunFlags } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { closeOutput, openOutput, writeOutput } from '../output.ts'
import { storeFlags } from '../run-flags.ts'

interface ReportFlags extends RunFlags {
  format: ReportFormat
  output: string
}

export const command: CliCommand = {
  summary: 'write a report from the store',
  example: 'fieldtap report zones --format html --output zones.html',
  define(command: Command) {
    storeFlags(command)
      .argument('<name>', 'the report: zones')
      .addOption(
        new Option('--format <format>', 'json, html or csv').choices(reportFormats).default('json'),
      )
      .option('--output <file>', 'the file to write; - is standard output', '-')
      .action(write)
  },
}

async function write(name: string, flags: ReportFlags): Promise<void> {
  const reports = await loadReports()
  const report = reports.get(name)
  if (report === undefined) {
    throw new CommandError(
      'REPORT_UNKNOWN',
      `there is no report ${name}`,
      `Reports: ${[...reports.keys()].join(', ')}.`,
    )
  }
  const options = resolveOptions([], flags, 'kept')
  tellStore(options.data)
  const output = openOutput(flags.output)
  const store = await openStore(options.data, { mustExist: true, isOwner: false })
  try {
    const text = await report.make(store, flags.format)
    writeOutput(output, text)
  } finally {
    closeOutput(output)
    await store.close()
  }
}
