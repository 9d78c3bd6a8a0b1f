import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { handedTo } from '#sensor'
import { announce } from '../announce.ts'
import type { CliCommand } from '../command.ts'
import { EXIT_ERROR } from '../command.ts'
import { openConsole } from '../console-main.ts'
import { loadInputs } from '../inputs.ts'
import { lockStore } from '../lock.ts'
import type { RunFlags, RunOptions } from '../options.ts'
import { resolveOptions } from '../options.ts'
import { captureFlags, consoleFlags, storeFlags } from '../run-flags.ts'
import { prepareCapture, probe } from '../opening.ts'
import { keepShipper, shipperStart } from '../shipper-process.ts'
import { stopSignal } from '../stop-signal.ts'

const launcher = fileURLToPath(new URL('../../bin/fieldtap.js', import.meta.url))

export const command: CliCommand = {
  summary: 'run everything: sensor, console, shipper; without a source, the demonstration',
  example: 'fieldtap start --interface eth1',
  define(command: Command) {
    consoleFlags(captureFlags(storeFlags(command))).action(start)
  },
}

/**
 * The console runs in this process, the sensor in one of its own: a flood on the mirror port must
 * not freeze the page, and the two share nothing but the store. So does the shipper, where a
 * cluster is configured: the sensor runs on without it.
 */
async function start(files: string[], flags: RunFlags): Promise<void> {
  const options = resolveOptions(files, flags)
  // Here, so that the console holds no privilege either; and first, for it starts all again.
  const prepared = prepareCapture(options, false)
  // What people wrote is checked before anything listens: the sensor would say it too late.
  loadInputs(options)
  await probe(options, prepared)
  // Taken for a moment: whether the sensor can have it is to be known before anything runs.
  lockStore(options.data)()
  const stop = stopSignal()
  const console = await openConsole(options)
  const sensor = startSensor(files, flags, options, prepared?.descriptors ?? [])
  prepared?.release()
  announce(options, console.url)
  stop.addEventListener('abort', () => void sensor.kill('SIGTERM'), { once: true })
  const ended = new AbortController()
  const shipped = options.cluster === undefined ? undefined : ship(flags, options, stop, ended)
  const [code] = (await once(sensor, 'exit')) as [number | null]
  if (!stop.aborted && code !== 0) {
    process.stderr.write('fieldtap: the sensor stopped; the console stops with it.\n')
    process.exitCode = EXIT_ERROR
  }
  ended.abort()
  await shipped
  await console.close()
}

/** Until it is told to stop, or the sensor has ended. */
async function ship(
  flags: RunFlags,
  options: RunOptions,
  stop: AbortSignal,
  ended: AbortController,
): Promise<void> {
  const either = AbortSignal.any([stop, ended.signal])
  await keepShipper(shipperStart(flags, options, either), either)
}

function startSensor(
  files: readonly string[],
  flags: RunFlags,
  options: RunOptions,
  descriptors: readonly number[],
): ChildProcess {
  const passed: string[] = []
  for (const [name, value] of Object.entries(flags)) {
    if (name === 'host' || name === 'port') continue
    const values: unknown[] = Array.isArray(value) ? value : [value]
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (value === true) passed.push(flag)
    else if (value !== undefined) passed.push(...values.flatMap((one) => [flag, String(one)]))
  }
  const args = [launcher, 'sensor', ...files, '--stay']
  // The channel carries nothing: when this process is gone, the sensor learns it by its end.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const
  const { source } = options
  const names = source.kind === 'live' && descriptors.length > 0 ? source.interfaces : []
  return spawn(process.execPath, [...args, ...passed], {
    stdio: [...stdio, ...descriptors],
    env: names.length === 0 ? process.env : handedTo(names, stdio.length),
  })
}
