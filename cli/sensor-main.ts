/** Makes a sensor process out of options: opens the store, the capture, the inputs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Capture, PreparedLive } from '#sensor'
import { prepareLive } from '#sensor'
import { Baseline, openStore } from '#analyzer'
import type { Store } from '#analyzer'
import type { Inputs } from './inputs.ts'
import { STDIN, openCaptures } from './captures.ts'
import { loadInputs } from './inputs.ts'
import { lockStore } from './lock.ts'
import { isLive } from './data.ts'
import type { Source } from './data.ts'
import type { RunOptions } from './options.ts'
import { captureFiles } from './options.ts'
import { accountingText, lossOf, lossText } from './accounting.ts'
import { InputErrors } from './command.ts'
import { numberText } from './print.ts'
import type { Phase } from './record.ts'
import { BASELINE_NAME, PHASE_KEY } from './record.ts'
import { SensorProcess } from './sensor-run.ts'

const DAY_US = 86_400e6
/** A quiet mirror port says nothing in this time, one that may not be opened does. */
const PROBE_MS = 700
/** Of so many files the names are told. */
const NAMES_MAX = 3

/**
 * Runs a sensor until its capture ends or `stop`; with `stay`, until `stop` in any case. `begins` is
 * called once nothing of this program starts again.
 */
export async function runSensor(
  options: RunOptions,
  stop: AbortSignal,
  stay: boolean,
  begins: () => void,
): Promise<void> {
  // First: with the ring, this starts the program again, without any privilege.
  const prepared = prepareCapture(options, true)
  begins()
  const inputs = loadInputs(options)
  const release = lockStore(options.data)
  const store = await openStore(options.data, { operationsMax: options.operationsMax })
  try {
    const live = isLive(options.source)
    const capture = openCapture(options, prepared)
    for (const limit of prepared?.limits ?? []) process.stderr.write(`fieldtap: ${limit}\n`)
    const { known, phase } = live ? await stateOfRecord(store, inputs) : startOf(inputs)
    const sensor = new SensorProcess({
      store,
      capture,
      mode: live ? 'live' : options.source.kind,
      rereads: options.source.kind === 'file',
      source: sourceText(options),
      files: captureFiles(options.source),
      pipeline: {
        inputs: known,
        phase,
        site: options.site,
        sensor: options.sensor,
        workers: options.workers,
      },
      policyFile: inputs.policyFile,
      timezone: options.timezone,
      speed: live ? undefined : options.speed,
      learningUs: live && phase === 'learning' ? options.learningDays * DAY_US : undefined,
      stop,
    })
    stop.addEventListener('abort', () => void capture.close(), { once: true })
    try {
      await sensor.capture()
      if (stay) await sensor.idle()
    } finally {
      await sensor.close()
      await capture.close()
      printSummary(sensor, capture)
    }
  } finally {
    await store.close()
    release()
  }
}

interface Start {
  known: Inputs
  phase: Phase
}

/** A file that was learned before is watched from the first packet on. */
function startOf(inputs: Inputs): Start {
  return { known: inputs, phase: inputs.baselineFile === undefined ? 'learning' : 'watching' }
}

/** What was approved or learned by this sensor goes before the file it once began with. */
async function stateOfRecord(store: Store, inputs: Inputs): Promise<Start> {
  const text = await store.loadBaseline(BASELINE_NAME)
  if (text === undefined) return startOf(inputs)
  const { file, errors } = Baseline.load(text, 'baseline of record')
  if (file === undefined) throw new InputErrors(errors)
  const phase = (await store.getMeta(PHASE_KEY)) === 'learning' ? 'learning' : 'watching'
  return { known: { ...inputs, baselineFile: file }, phase }
}

/** Opens what needs a privilege and drops it; undefined where nothing is captured live. */
export function prepareCapture(options: RunOptions, lock: boolean): PreparedLive | undefined {
  const { source, filter, snaplen, bufferKiB } = options
  if (source.kind !== 'live') return undefined
  const { interfaces, way, command } = source
  return prepareLive({ interfaces, way, command, filter, snaplen, bufferKiB }, lock)
}

/** Tells what stands against a capture before anything says that it runs. */
export async function probe(
  options: RunOptions,
  prepared: PreparedLive | undefined,
): Promise<void> {
  const { source } = options
  // The socket is open and its filter is in: nothing is left that could be refused.
  if (prepared !== undefined && prepared.descriptors.length > 0) return
  // What people wrote is run once: it may ask for a password, or count.
  if (source.kind === 'live' && source.command !== undefined) return
  const files = captureFiles(source).filter((file) => file !== STDIN)
  // Standard input is there once, and the sensor's.
  if (prepared === undefined && files.length === 0) return
  const capture = prepared?.open() ?? openFiles(source, files)
  const first = capture.batches()[Symbol.asyncIterator]().next()
  const waited = new AbortController()
  try {
    await Promise.race([first, sleep(PROBE_MS, undefined, { signal: waited.signal })])
  } finally {
    waited.abort()
    await capture.close()
    await first.catch(() => undefined)
  }
}

function openCapture(options: RunOptions, prepared: PreparedLive | undefined): Capture {
  return prepared?.open() ?? openFiles(options.source, captureFiles(options.source))
}

function openFiles(source: Source, files: readonly string[]): Capture {
  return openCaptures(files, source.kind === 'file' && source.follow)
}

export function sourceText(options: RunOptions): string {
  const { source } = options
  if (source.kind !== 'live') return namesText(captureFiles(source))
  return source.command?.join(' ') ?? source.interfaces.join(', ')
}

function namesText(files: readonly string[]): string {
  const named = files.slice(0, NAMES_MAX).join(', ')
  const more = files.length - NAMES_MAX
  return more > 0 ? `${named} and ${more} more` : named
}

function printSummary(sensor: SensorProcess, capture: Capture): void {
  const status = capture.status()
  const counters = sensor.pipeline?.counters() ?? {}
  const findings = sensor.pipeline?.analyzer.findings.all().length ?? 0
  const assets = sensor.pipeline?.analyzer.inventory.assets().length ?? 0
  process.stderr.write(
    `fieldtap: ${numberText(counters['packets'] ?? 0)} packets, ${assets} assets, ` +
      `${findings} findings; everything is stored.\n` +
      `  ${lossText(lossOf(status, counters))};\n` +
      `  ${accountingText(sensor.pipeline?.ledger ?? [])}.\n`,
  )
}
