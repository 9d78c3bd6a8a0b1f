/** Makes a sensor process out of options: opens the store, the capture, the inputs. */
import type { Capture } from '#sensor'
import { isoTime } from '#sensor'
import { Baseline, openStore } from '#analyzer'
import type { LocalStore, Origin } from '#analyzer'
import type { Inputs } from './inputs.ts'
import { loadInputs } from './inputs.ts'
import { lockStore } from './lock.ts'
import { isLive } from './data.ts'
import type { RunOptions } from './options.ts'
import { captureFiles } from './options.ts'
import { accountingText, lossOf, lossText, truncatedText } from './accounting.ts'
import { InputErrors } from './command.ts'
import { announced, openCapture, prepareCapture, probe, sourceText } from './opening.ts'
import { countText, shownLines } from './print.ts'
import type { Phase } from './record.ts'
import { BASELINE_NAME, PHASE_KEY } from './record.ts'
import { SensorProcess } from './sensor-run.ts'

const DAY_US = 86_400e6

/**
 * Runs a sensor until its capture ends or `stop`; with `stay`, until `stop` in any case. With
 * `begins` it first looks at what could stand against it, and calls that once it reads.
 */
export async function runSensor(
  options: RunOptions,
  stop: AbortSignal,
  stay: boolean,
  begins?: () => void,
): Promise<void> {
  // First: with the ring, this starts the program again, without any privilege.
  const prepared = prepareCapture(options, true)
  const inputs = loadInputs(options)
  // A store is not made for a file that is none.
  if (begins !== undefined && options.source.kind !== 'live') await probe(options, prepared)
  const release = lockStore(options.data)
  const store = await openStore(options.data, {
    operationsMax: options.operationsMax,
    upkeep: options.upkeep,
  })
  try {
    const from = { sensor: options.sensor ?? '', site: options.site }
    // Never off by itself: whoever starts it once without its configuration loses no mark.
    if (options.cluster !== undefined) await store.setShipping(true)
    await recordInputs(store, inputs, from)
    const live = isLive(options.source)
    const limits = [...(prepared?.limits ?? [])]
    const tellLimits = (): void => {
      for (const limit of limits.splice(0)) process.stderr.write(`fieldtap: ${limit}\n`)
    }
    const capture = announced(openCapture(options, prepared), () => {
      begins?.()
      tellLimits()
    })
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
      ships: options.cluster !== undefined,
      policyFile: inputs.policyFile,
      timezone: options.timezone,
      speed: live ? undefined : options.speed,
      learningUs: live && phase === 'learning' ? options.learningDays * DAY_US : undefined,
      stop,
    })
    stop.addEventListener('abort', () => void capture.close(), { once: true })
    let hasRead = false
    try {
      await sensor.capture()
      hasRead = true
      if (stay) await sensor.idle()
    } finally {
      await sensor.close()
      await capture.close()
      // Why not the way that was tried first: it may be the one to mend.
      tellLimits()
      // Where nothing was read, the error is all there is to say.
      if (hasRead || sensor.pipeline !== undefined) printSummary(sensor, capture)
    }
  } finally {
    await store.close()
    release()
  }
}

/** What is judged by goes on record before anything is judged. */
async function recordInputs(store: LocalStore, { texts }: Inputs, from: Origin): Promise<void> {
  const time = isoTime(Date.now() * 1000)
  for (const text of texts) await store.putVersion({ ...text, time, who: 'fieldtap' }, from)
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
async function stateOfRecord(store: LocalStore, inputs: Inputs): Promise<Start> {
  const text = await store.loadBaseline(BASELINE_NAME)
  if (text === undefined) return startOf(inputs)
  const { file, errors } = Baseline.load(text, 'baseline of record')
  if (file === undefined) throw new InputErrors(errors)
  const phase = (await store.getMeta(PHASE_KEY)) === 'learning' ? 'learning' : 'watching'
  return { known: { ...inputs, baselineFile: file }, phase }
}

function printSummary(sensor: SensorProcess, capture: Capture): void {
  const status = capture.status()
  const counters = sensor.pipeline?.counters() ?? {}
  const { analyzer } = sensor.pipeline ?? {}
  const findings = countText(analyzer?.findings.all().length ?? 0, 'finding')
  const assets = countText(analyzer?.inventory.assets().length ?? 0, 'asset')
  const packets = countText(counters['packets'] ?? 0, 'packet')
  process.stderr.write(
    `fieldtap: ${packets}, ${assets}, ${findings}; everything is stored.\n` +
      `  ${lossText(lossOf(status, counters))};\n` +
      `  ${accountingText(sensor.pipeline?.ledger ?? [], status.truncated !== undefined)}.\n`,
  )
  if (status.truncated === undefined) return
  // Of several the text names the one.
  const where = sensor.run.files.length > 1 ? '' : status.name
  process.stderr.write(shownLines(truncatedText(where, status.truncated)))
}
