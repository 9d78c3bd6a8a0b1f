/**
 * I1 on a real interface: what the interface counted is what the ring handed over and what the
 * kernel dropped, exactly, also while it is opened and closed in the midst of traffic.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Capture } from '../capture/capture.ts'
import type { Lab } from '../capture/lab.ts'
import { frame, listening, makeLab, removeLab, replay, writeFrames } from '../capture/lab.ts'
import { RingCapture } from '../capture/linux/ring.ts'
import { Sensor } from '../observe.ts'
import type { Account } from './account.ts'
import { accountsOf, residueText, unbalanced } from './accounts.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-wire-'))
const file = join(folder, 'frames.pcap')
const FRAMES = 100_000
const ignore = (): void => {}
let lab: Lab

beforeAll(() => {
  lab = makeLab('ftw')
  writeFrames(
    file,
    Array.from({ length: FRAMES }, (_, i) => frame(64 + (i % 400), 1000 + (i % 50))),
  )
})
afterAll(() => {
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})

/** Reads to the end, and says how it balances; `pause` makes the reader slow, ms. */
async function account(capture: Capture, pause = 0): Promise<Account[]> {
  const sink = {
    requested: ignore,
    completed: ignore,
    identity: ignore,
    conversation: ignore,
    anomaly: ignore,
    health: ignore,
  }
  const sensor = new Sensor({ dissectors: [], sink })
  for await (const batch of capture.batches()) {
    sensor.batch(batch)
    const live = accountsOf({
      counters: sensor.counters(),
      capture: capture.status(),
      ended: false,
    })
    expect(unbalanced(live).map(residueText)).toEqual([])
    if (pause > 0) await sleep(pause)
  }
  sensor.end()
  return accountsOf({ counters: sensor.counters(), capture: capture.status(), ended: true })
}

const valueOf = (account: Account | undefined, name: string): number =>
  account?.right.find((term) => term.name === name)?.value ?? 0

test('nothing is unaccounted for, and nothing is said to be lost', async () => {
  const ring = new RingCapture(lab.near, {})
  const reading = account(ring)
  await listening(lab.near)
  await replay(lab, file)
  await ring.close()
  const accounts = await reading
  expect(unbalanced(accounts)).toEqual([])
  const [wire] = accounts
  expect(wire).toMatchObject({ part: 'wire', residue: 0 })
  expect(valueOf(wire, 'handed over by the kernel')).toBe(FRAMES)
  expect(valueOf(wire, 'dropped by the kernel')).toBe(0)
})

test('what the kernel drops is on the account', async () => {
  const ring = new RingCapture(lab.near, { bufferKiB: 1024 })
  const reading = account(ring, 20)
  await listening(lab.near)
  await replay(lab, file)
  await ring.close()
  const accounts = await reading
  expect(unbalanced(accounts)).toEqual([])
  const [wire] = accounts
  expect(valueOf(wire, 'dropped by the kernel')).toBeGreaterThan(0)
  expect(valueOf(wire, 'handed over by the kernel') + valueOf(wire, 'dropped by the kernel')).toBe(
    FRAMES,
  )
})

test('what the filter leaves out is on the account', async () => {
  const ring = new RingCapture(lab.near, { filter: 'udp port 1007' })
  const reading = account(ring)
  await listening(lab.near)
  await replay(lab, file)
  await ring.close()
  const [wire] = await reading
  expect(valueOf(wire, 'handed over by the kernel')).toBe(FRAMES / 50)
  expect(valueOf(wire, 'left out by the filter')).toBe(FRAMES - FRAMES / 50)
})

test('balances when it is opened and closed in the midst of traffic', async () => {
  const sending = replay(lab, file, ['--pps', '20000', '--limit', '60000'])
  await sleep(500)
  for (let i = 0; i < 3; i++) {
    const ring = new RingCapture(lab.near, {})
    // Packets come in between its making and its opening, too.
    await sleep(100)
    const reading = account(ring)
    await sleep(300)
    await ring.close()
    const accounts = await reading
    expect(unbalanced(accounts).map(residueText)).toEqual([])
    expect(accounts[0]?.residue).toBe(0)
    expect(valueOf(accounts[0], 'handed over by the kernel')).toBeGreaterThan(1000)
  }
  await sending
})
