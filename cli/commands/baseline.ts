import { basename } from 'node:path'
import type { Command } from 'commander'
import type { CaptureStatus } from '#sensor'
import { isoTime } from '#sensor'
import { serializeBaseline } from '#analyzer'
import { openCaptures } from '../captures.ts'
import type { CliCommand } from '../command.ts'
import { CommandError } from '../command.ts'
import { loadInputs } from '../inputs.ts'
import type { JudgingFlags } from '../options.ts'
import { judgingOptions } from '../options.ts'
import { closeOutput, openOutput, writeOutput, writtenBefore } from '../output.ts'
import { runCapture } from '../pipeline.ts'
import { numberText } from '../print.ts'
import { Progress } from '../progress.ts'

interface LearnFlags extends JudgingFlags {
  output: string
  force?: boolean
}

export const command: CliCommand = {
  summary: 'learn what is usual from captures of quiet times',
  example: 'fieldtap baseline learn monday.pcapng tuesday.pcapng --output plant.baseline.yaml',
  define(command: Command) {
    const learn = command
      .command('learn')
      .description('write a baseline: who talks to whom, how, and with which values')
      .argument('<file...>', 'captures, read in time order; - is standard input')
      .requiredOption('--output <file>', 'the baseline to write (YAML); - is standard output')
      .option('--force', 'replace the file where it is there and says something else')
      .option('--workers <n>', 'threads that share the packets of a large capture (default: 1)')
      .option('--policy <file>', 'zones and conduits: names and groups of assets')
      .option('--site <name>', 'the plant, part of the ids of assets')
      .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
    learn.addHelpText(
      'after',
      '\nExample:\n  fieldtap baseline learn monday.pcapng --output plant.baseline.yaml',
    )
    learn.exitOverride().action(learnFrom)
  },
}

async function learnFrom(files: string[], flags: LearnFlags): Promise<void> {
  const { policy, site, workers } = judgingOptions(flags)
  const inputs = loadInputs({ policy })
  const output = openOutput(flags.output)
  const capture = openCaptures(files)
  const progress = new Progress('learning', 0)
  try {
    const pipeline = await runCapture(
      { inputs, phase: 'learning', site, sensor: undefined, workers },
      capture,
      () => progress.to(() => capture.status().bytes),
    )
    if (pipeline === undefined) {
      throw new CommandError(
        'NOTHING_LEARNED',
        'the captures hold no packet',
        'Give captures of a time in which the plant worked as usual.',
      )
    }
    const text = serializeBaseline(pipeline.analyzer.learned(period(capture.statuses())))
    if (flags.force !== true) keepReviewed(flags.output, text)
    writeOutput(output, text)
    const packets = capture.status().packets
    process.stderr.write(
      `fieldtap: learned from ${numberText(packets)} packets; review ${flags.output} ` +
        'before you trust it.\n',
    )
  } finally {
    closeOutput(output)
    progress.end()
    await capture.close()
  }
}

/** What people have read and signed is not replaced by what nobody has seen. */
function keepReviewed(file: string, text: string): void {
  const before = file === '-' ? '' : writtenBefore(file)
  if (before === '' || before === text) return
  throw new CommandError(
    'OUTPUT_EXISTS',
    `${file} is there, and says something else than was learned; nothing was written`,
    'Name another --output and compare the two, or replace it with --force.',
  )
}

/** When it was learned; the captures by their names, as a reviewer knows them. */
function period(statuses: readonly CaptureStatus[]): {
  first: string
  last: string
  captures: string[]
} {
  const firsts = statuses.flatMap(({ first }) => first ?? [])
  const lasts = statuses.flatMap(({ last }) => last ?? [])
  return {
    first: firsts.length === 0 ? '' : isoTime(Math.min(...firsts)),
    last: lasts.length === 0 ? '' : isoTime(Math.max(...lasts)),
    captures: statuses.map(({ name }) => basename(name)),
  }
}
