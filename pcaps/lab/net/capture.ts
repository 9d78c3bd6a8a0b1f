/** tcpdump on the mirror port, started before the first client and stopped after the last one. */

import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Network } from './namespaces.ts'

/** What tcpdump may take until it listens, and to write its last frame. */
const START_MS_MAX = 15_000
const STOP_MS_MAX = 10_000
const SETTLE_MS = 1_200

export type Capture = { readonly file: string; readonly stop: () => Promise<void> }

export async function startCapture(network: Network, file: string): Promise<Capture> {
  const child = spawn(
    'ip',
    [
      'netns',
      'exec',
      network.bridgeNamespace,
      'tcpdump',
      '-i',
      network.mirror,
      '-n',
      '-s',
      '0',
      '-U',
      '--immediate-mode',
      '-B',
      '65536',
      '-Z',
      'root',
      '-w',
      file,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  // Whatever ends this process: a capture must not go on in a namespace that nobody holds.
  const abandon = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', abandon)
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  const ended = new Promise<number | null>((done) => {
    child.once('exit', done)
  })
  const limit = Date.now() + START_MS_MAX
  while (!(said.includes('listening on') && existsSync(file) && statSync(file).size > 0)) {
    if (child.exitCode !== null || Date.now() > limit) {
      child.kill('SIGTERM')
      throw new Error(`tcpdump did not start: ${said.trim()}`)
    }
    await wait(50)
  }
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) throw new Error(`tcpdump ended too early: ${said.trim()}`)
    await wait(SETTLE_MS)
    child.kill('SIGINT')
    const code = await Promise.race([ended, wait(STOP_MS_MAX, 'late' as const)])
    process.removeListener('exit', abandon)
    if (code !== 0) {
      abandon()
      throw new Error(`tcpdump did not stop as it should (${code}): ${said.trim()}`)
    }
    const dropped = /(\d+) packets? dropped by kernel/.exec(said)?.[1]
    if (dropped !== '0') throw new Error(`tcpdump lost frames: ${said.trim()}`)
  }
  return { file, stop }
}
