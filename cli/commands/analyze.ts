import { realpathSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import type { Operation } from '#sensor'
import { operationRecord } from '#sensor'
import { truncatedText } from '../accounting.ts'
import { openCaptures } from '../captures.ts'
import type { CliCommand } from '../command.ts'
import {
  CommandError,
  EXIT_CLEAN,
  EXIT_ERROR,
  EXIT_FINDINGS,
  describe,
  printError,
} from '../command.ts'
import { makeDocument } from '../document.ts'
import type { Document } from '../document.ts'
import type { Inputs } from '../inputs.ts'
import { Growing } from '../growing.ts'
import { loadInputs } from '../inputs.ts'
import { LineWriter } from '../line-writer.ts'
import type { JudgingFlags, JudgingOptions } from '../options.ts'
import { STDIN } from '../data.ts'
import { followsNothing, judgingOptions } from '../options.ts'
import { openOutput } from '../output.ts'
import { runCapture } from '../pipeline.ts'
import { shownLines, styleOf } from '../print.ts'
import { printDocument } from '../print-document.ts'
import { Progress } from '../progress.ts'
import { stopSignal } from '../stop-signal.ts'

interface Flags extends JudgingFlags {
  json?: boolean
  each?: boolean
  follow?: boolean
  operations?: string
}

type Options = JudgingOptions & Pick<Flags, 'json' | 'each' | 'follow' | 'operations'>

export const command: CliCommand = {
  summary: 'analyse captures: print their assets and findings, or one JSON document',
  example: 'fieldtap analyze day.pcapng --baseline plant.baseline.yaml --policy policy.yaml --json',
  define(command: Command) {
    command
      .argument('<file...>', 'captures, also gzip or zstd, read in time order; - is standard input')
      .option('--json', 'print one JSON document: capture, counts, assets, findings')
      .option('--each', 'analyse every file alone, one JSON line for each')
      .option('--follow', 'the file grows: read on as it is written, until Ctrl-C')
      .option('--operations <file>', 'write every operation as NDJSON to a file; - is stdout')
      .option('--workers <n>', 'threads that share the packets of a large capture (default: 1)')
      .option('--baseline <file>', 'what was learned before: judge what is new against it')
      .option('--policy <file>', 'zones and conduits to judge against')
      .option('--rules <path...>', 'Sigma rules beside the shipped ones')
      .option('--site <name>', 'the plant, part of the ids of assets')
      .option('--timezone <name>', 'IANA time zone in which times are printed')
      .option('--config <file>', 'the configuration (default: fieldtap.yaml, where there is one)')
      .addHelpText(
        'after',
        '\nExit codes: 0 no finding, 1 findings, 2 error; with --each the highest of them.',
      )
      .action(analyze)
  },
}

async function analyze(files: string[], flags: Flags): Promise<void> {
  const options: Options = { ...flags, ...judgingOptions(flags) }
  if (flags.follow === true) checkFollow(files, flags)
  const inputs = loadInputs(options)
  if (flags.each !== true) warnOfTwice(files)
  const operations = operationsWriter(options)
  try {
    process.exitCode = options.each
      ? await analyzeEach(files, inputs, options, operations)
      : await analyzeAll(files, inputs, options, operations)
  } finally {
    operations?.close()
  }
}

function checkFollow(files: readonly string[], { each }: Flags): void {
  if (files.length !== 1 || files[0] === STDIN) throw followsNothing()
  if (each !== true) return
  throw new CommandError(
    'FOLLOW_EACH',
    '--each ends with every file, and --follow does not end',
    'Keep one of them.',
  )
}

/** One capture by two names would be two hosts that say everything twice. */
function warnOfTwice(files: readonly string[]): void {
  const seen = new Set<string>()
  for (const file of files) {
    const real = realOf(file)
    if (seen.has(real)) {
      process.stderr.write(
        shownLines(
          `fieldtap: ${file} was named before: its packets count twice.\n  Name it once.\n`,
        ),
      )
    }
    seen.add(real)
  }
}

/** What is not there is told when it is opened. */
function realOf(file: string): string {
  try {
    return file === STDIN ? file : realpathSync(file)
  } catch {
    return file
  }
}

function operationsWriter(options: Options): LineWriter | undefined {
  const { operations } = options
  if (operations === undefined) return undefined
  if (operations === '-' && (options.json === true || options.each === true)) {
    throw new CommandError(
      'STDOUT_TWICE',
      '--operations - and --json both write to standard output',
      'Write the operations to a file.',
    )
  }
  return new LineWriter(openOutput(operations))
}

async function analyzeAll(
  files: readonly string[],
  inputs: Inputs,
  options: Options,
  operations: LineWriter | undefined,
): Promise<number> {
  const document = await analyzeFiles(files, inputs, options, operations)
  const exit = document.findings.length > 0 ? EXIT_FINDINGS : EXIT_CLEAN
  // Known before anything is printed: a reader that goes away changes nothing of it.
  process.exitCode = exit
  if (options.json) {
    await print(`${JSON.stringify(document, null, 2)}\n`)
  } else if (options.operations !== '-') {
    await print(printDocument(document, files, styleOf(process.stdout, options.timezone)))
  }
  for (const [index, file] of document.capture.files.entries()) {
    if (file.truncated === undefined) continue
    process.stderr.write(shownLines(truncatedText(files[index] ?? '', file.truncated)))
  }
  if (inputs.baselineFile === undefined) {
    process.stderr.write(
      'fieldtap: no baseline was given, so what is new was not judged: policy, posture, ' +
        'anomalies and control operations were.\n  Learn one with: fieldtap baseline learn ' +
        'quiet.pcapng --output baseline.yaml\n',
    )
  }
  return exit
}

async function analyzeEach(
  files: readonly string[],
  inputs: Inputs,
  options: Options,
  operations: LineWriter | undefined,
): Promise<number> {
  let exit = EXIT_CLEAN
  for (const file of files) {
    try {
      const document = await analyzeFiles([file], inputs, options, operations)
      await print(`${JSON.stringify({ file, ...document })}\n`)
      if (document.findings.length > 0) exit = Math.max(exit, EXIT_FINDINGS)
    } catch (error) {
      const { code, message, remedy } = describe(error)
      await print(`${JSON.stringify({ file, error: { code, message, remedy } })}\n`)
      if (code === 'INTERNAL') printError(error)
      exit = EXIT_ERROR
    }
  }
  return exit
}

async function analyzeFiles(
  files: readonly string[],
  inputs: Inputs,
  options: Options,
  operations: LineWriter | undefined,
): Promise<Document> {
  const follow = options.follow === true
  const growing = follow ? new Growing(files[0] ?? '') : undefined
  const capture = openCaptures(files, follow)
  if (follow) stopSignal().addEventListener('abort', () => void capture.close(), { once: true })
  growing?.tell()
  const phase = inputs.baselineFile === undefined ? 'learning' : 'watching'
  const progress = new Progress('analysing', totalBytes(files))
  try {
    const pipeline = await runCapture(
      {
        inputs,
        phase,
        site: options.site,
        sensor: undefined,
        workers: options.workers,
        operation:
          operations === undefined
            ? undefined
            : (operation: Operation, sensor: string) =>
                operations.line(JSON.stringify(operationRecord(sensor, operation))),
      },
      capture,
      () => {
        progress.to(() => capture.status().bytes)
        if (follow) operations?.flush()
      },
    )
    progress.end()
    growing?.check(capture.status())
    return makeDocument(capture.statuses(), pipeline, phase)
  } finally {
    progress.end()
    await capture.close()
  }
}

function totalBytes(files: readonly string[]): number {
  let total = 0
  for (const file of files) {
    total += file === '-' ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  }
  return total
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      // Of a reader that has gone away the stream's own error tells.
      const isGone = (error as NodeJS.ErrnoException | null | undefined)?.code === 'EPIPE'
      if (error && !isGone) reject(error)
      else resolve()
    })
  })
}
