/** Commands that capture: what they say of losses, how they end, and how they are started again. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { handedAccount } from '../accounting/handed.ts'
import type { Capture, CaptureError, InterfaceStatus } from './capture.ts'
import {
  frame,
  heardByPeer,
  listening,
  makeLab,
  removeLab,
  replay,
  until,
  writeFrames,
} from './lab.ts'
import type { Lab } from './lab.ts'
import { openLive } from './live.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-pipe-'))
const file = join(folder, 'frames.pcap')
const FRAMES = 300
let lab: Lab
let second: Lab

beforeAll(() => {
  lab = makeLab('ftp')
  second = makeLab('ftq')
  writeFrames(
    file,
    Array.from({ length: FRAMES }, (_, i) => frame(100, i)),
  )
})

afterAll(() => {
  expect(heardByPeer(lab), 'a mirror port sends nothing').toBe(0)
  removeLab(lab)
  removeLab(second)
  rmSync(folder, { recursive: true, force: true })
})

interface Reading {
  readonly packets: () => number
  readonly byInterface: Map<string | undefined, number>
  readonly end: Promise<void>
}

function read(capture: Capture): Reading {
  let packets = 0
  const byInterface = new Map<string | undefined, number>()
  const end = (async () => {
    for await (const batch of capture.batches()) {
      expect(batch.first).toBe(packets + 1)
      packets += batch.count
      byInterface.set(batch.interface, (byInterface.get(batch.interface) ?? 0) + batch.count)
    }
  })()
  end.catch(() => undefined)
  return { packets: () => packets, byInterface, end }
}

const only = (source: Capture): InterfaceStatus =>
  source.status().interfaces?.[0] as InterfaceStatus

async function errorOf(capture: Capture): Promise<CaptureError> {
  try {
    for await (const batch of capture.batches()) void batch
  } catch (error) {
    return error as CaptureError
  }
  throw new Error('nothing was refused')
}

/** The child of this process that has this word on its command line. */
function childOf(word: string): number {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return status.includes(`PPid:\t${process.pid}\n`) && words.includes(word)
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`no child for ${word}`)
  return Number(found)
}

test('what tcpdump lost is known while it runs', async () => {
  const capture = openLive({ interfaces: [lab.near], way: 'tcpdump' })
  const { end } = read(capture)
  await listening(lab.near)
  await replay(lab, file)
  await until(() => (only(capture).received === FRAMES ? true : undefined))
  expect(only(capture)).toMatchObject({ dropped: 0, droppedByInterface: 0, transmitted: 0 })
  await capture.close()
  await end
})

test.each(['tcpdump', 'dumpcap'] as const)('what %s left in its buffer is counted', async (way) => {
  const capture = openLive({ interfaces: [lab.near], way })
  const reading = read(capture)
  await listening(lab.near)
  const sending = replay(lab, file, ['--pps', '1000', '--loop', '6'])
  await until(() => (reading.packets() > 0 ? true : undefined))
  await capture.close()
  await reading.end
  const { received = 0, unread = 0 } = only(capture)
  expect(received).toBe(reading.packets() + unread)
  const account = handedAccount({
    counters: { packets: reading.packets() },
    capture: capture.status(),
    ended: true,
  })
  expect(account.residue).toBe(0)
  await sending
})

test('closing while nobody reads ends the command all the same', async () => {
  const capture = openLive({ interfaces: [lab.near], way: 'tcpdump' })
  const pending = capture.batches()[Symbol.asyncIterator]().next()
  await listening(lab.near)
  const child = childOf(lab.near)
  await capture.close()
  expect((await pending).done).toBe(true)
  expect(() => process.kill(child, 0)).toThrow(/ESRCH/)
})

test('a command that is killed is started again, and the time between is a gap', async () => {
  const capture = openLive({ interfaces: [lab.near], way: 'tcpdump' })
  const reading = read(capture)
  await listening(lab.near)
  await replay(lab, file)
  await until(() => (reading.packets() === FRAMES ? true : undefined))
  const child = childOf(lab.near)
  process.kill(child, 'SIGKILL')
  const away = await until(() => only(capture).away)
  expect(away.reason).toContain('ended by a signal')
  await until(() => (only(capture).away === undefined ? true : undefined))
  expect(childOf(lab.near)).not.toBe(child)
  await listening(lab.near)
  await replay(lab, file)
  await until(() => (reading.packets() === 2 * FRAMES ? true : undefined))
  expect(only(capture).gaps).toHaveLength(1)
  await capture.close()
  await reading.end
  expect(capture.status()).toMatchObject({ packets: 2 * FRAMES })
})

test('a command of the user that ends well is the end of the capture', async () => {
  const command = ['sh', '-c', `cat ${file}`]
  const capture = openLive({ interfaces: [], way: undefined, command })
  const { end, packets } = read(capture)
  await end
  expect(packets()).toBe(FRAMES)
  expect(capture.status().name).toBe(command.join(' '))
  expect(only(capture)).toMatchObject({
    way: 'command',
    dropped: undefined,
    transmitted: undefined,
  })
})

test('one that breaks off is started again', async () => {
  const command = ['sh', '-c', `cat ${file}; echo the line is cut >&2; exit 7`]
  const capture = openLive({ interfaces: [], way: undefined, command })
  const { end, packets } = read(capture)
  await until(() => (packets() >= 2 * FRAMES ? true : undefined))
  expect(only(capture).gaps[0]?.reason).toContain('ended with code 7: the line is cut')
  await capture.close()
  await end
})

test('one that writes no capture is refused', async () => {
  const text = openLive({ interfaces: [], way: undefined, command: ['echo', 'a'.repeat(100)] })
  expect((await errorOf(text)).code).toMatch(/CAPTURE/)
  const nothing = openLive({ interfaces: [], way: undefined, command: ['no-such-command-here'] })
  expect((await errorOf(nothing)).code).toBe('COMMAND_MISSING')
})

test('without the program the remedy is to install it', async () => {
  const interfaces = [lab.near]
  const error = await errorOf(openLive({ interfaces, way: 'tcpdump', tcpdump: 'no-such-tcpdump' }))
  expect(error).toMatchObject({ code: 'TCPDUMP_MISSING' })
  expect(error.remedy).toContain('apt install tcpdump')
  for (const way of ['cap', 'pcap'] as const) {
    const open = (): Capture => openLive({ interfaces, way, packagesFrom: folder })
    expect(open).toThrow(`the package ${way} of npm is not installed`)
  }
})

test('without the privilege the remedy names it', async () => {
  const wrapper = join(folder, 'tcpdump')
  // setpriv takes the capabilities away, as an ordinary user has none.
  writeFileSync(
    wrapper,
    '#!/bin/sh\nexec setpriv --reuid 65534 --clear-groups --bounding-set=-all ' +
      '--inh-caps=-all tcpdump "$@"\n',
  )
  chmodSync(wrapper, 0o755)
  chmodSync(folder, 0o755)
  const error = await errorOf(
    openLive({ interfaces: [lab.near], way: 'tcpdump', tcpdump: wrapper }),
  )
  expect(error.code).toBe('CAPTURE_NOT_PERMITTED')
  expect(error.remedy).toContain('AmbientCapabilities=CAP_NET_RAW')
})

test.each(['ring', 'tcpdump'] as const)('several interfaces at once: %s', async (way) => {
  const capture = openLive({ interfaces: [lab.near, second.near], way })
  const reading = read(capture)
  await listening(lab.near)
  await listening(second.near)
  await Promise.all([replay(lab, file), replay(second, file), replay(second, file)])
  await until(() => (reading.packets() === 3 * FRAMES ? true : undefined))
  expect(Object.fromEntries(reading.byInterface)).toEqual({
    [lab.near]: FRAMES,
    [second.near]: 2 * FRAMES,
  })
  await capture.close()
  await reading.end
  const status = capture.status()
  expect(status).toMatchObject({ packets: 3 * FRAMES, dropped: 0 })
  expect(status.interfaces?.map(({ received }) => received)).toEqual([FRAMES, 2 * FRAMES])
})
