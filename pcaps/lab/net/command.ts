/** Short programs run to their end, with what they said when they fail. */

import { spawnSync } from 'node:child_process'

/** Enough for every `ip` call on a busy machine; a hang is a failure and not a wait. */
const COMMAND_MS_MAX = 120_000
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024

export function run(program: string, args: readonly string[], input?: Buffer): Buffer {
  const done = spawnSync(program, [...args], {
    timeout: COMMAND_MS_MAX,
    maxBuffer: OUTPUT_BYTES_MAX,
    ...(input === undefined ? {} : { input }),
  })
  if (done.error !== undefined) {
    throw new Error(`${program} cannot run: ${done.error.message}`)
  }
  if (done.status !== 0) {
    const said = done.stderr.toString().trim().slice(0, 600)
    throw new Error(`${program} ${args.join(' ')} ended with ${done.status}: ${said}`)
  }
  return done.stdout
}

/** Whether a program is there to be run at all. */
export function exists(program: string): boolean {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  return path.split(':').some((folder) => {
    const found = spawnSync('test', ['-x', `${folder}/${program}`])
    return folder !== '' && found.status === 0
  })
}
