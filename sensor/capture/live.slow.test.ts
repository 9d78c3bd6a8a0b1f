/**
 * Live capture against a real interface: a veth pair in network namespaces of its own. Needs root
 * and tcpdump; `npm run test:slow` says so by failing, never by passing over.
 */
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CaptureError } from './capture.ts'
import type { LiveCapture } from './capture.ts'
import { openInterface } from './live.ts'

const near = `ftn${process.pid % 100_000}`
const far = `ftf${process.pid % 100_000}`
const space = `fieldtap-${process.pid}`
const PACKETS = 500
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-live-'))

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' })
}

beforeAll(() => {
  ip('netns', 'add', space)
  ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far)
  ip('link', 'set', far, 'netns', space)
  ip('addr', 'add', '10.98.76.1/24', 'dev', near)
  ip('link', 'set', near, 'up')
  ip('-n', space, 'addr', 'add', '10.98.76.2/24', 'dev', far)
  ip('-n', space, 'link', 'set', far, 'up')
})

afterAll(() => {
  ip('netns', 'del', space)
  rmSync(folder, { recursive: true, force: true })
})

async function errorOf(capture: LiveCapture): Promise<CaptureError> {
  try {
    for await (const batch of capture.batches()) void batch
  } catch (error) {
    if (error instanceof CaptureError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

async function send(count: number): Promise<void> {
  const socket = createSocket('udp4')
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => socket.send(`packet ${i}`, 4321, '10.98.76.2', resolve))
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()))
}

test('every packet sent is captured, nothing is lost, and what was sent is told', async () => {
  const capture = openInterface(near, { filter: 'udp dst port 4321' })
  let packets = 0
  let first = 0
  const sender = setTimeout(() => void send(PACKETS), 500)
  const limit = setTimeout(() => void capture.close(), 20_000)
  for await (const batch of capture.batches()) {
    if (packets === 0) first = batch.first
    packets += batch.count
    expect(batch.linkType[0]).toBe(1)
    if (packets >= PACKETS) void capture.close()
  }
  clearTimeout(sender)
  clearTimeout(limit)
  expect(packets).toBe(PACKETS)
  expect(first).toBe(1)
  const status = capture.status()
  expect(status.dropped).toBe(0)
  expect(status.packets).toBe(PACKETS)
  expect(status.truncated).toBeUndefined()
  // The sender is this machine: at least the packets themselves.
  expect(capture.transmitted()).toBeGreaterThanOrEqual(PACKETS)
})

test('drops are known while it runs, and a listener sends nothing', async () => {
  const capture = openInterface(near)
  const began = Date.now()
  const ticking = setInterval(() => {
    if (capture.status().dropped !== undefined || Date.now() - began > 10_000) void capture.close()
  }, 100)
  for await (const batch of capture.batches()) void batch
  clearInterval(ticking)
  expect(capture.status().dropped).toBe(0)
  expect(capture.transmitted()).toBeLessThan(20)
})

test('closing while nobody reads ends tcpdump all the same', async () => {
  const capture = openInterface(near)
  const batches = capture.batches()[Symbol.asyncIterator]()
  const pending = batches.next()
  await new Promise((resolve) => setTimeout(resolve, 500))
  await capture.close()
  expect((await pending).done).toBe(true)
})

test('an interface that is not there is named, with those that are', async () => {
  const error = await errorOf(openInterface('nosuch0'))
  expect(error.code).toBe('INTERFACE_NOT_FOUND')
  expect(error.remedy).toContain(near)
})

test('a filter that is none is refused with what tcpdump says of it', async () => {
  const error = await errorOf(openInterface(near, { filter: 'prot tcp' }))
  expect(error.code).toBe('FILTER_INVALID')
  expect(error.message).toMatch(/syntax|parse/)
})

test('an interface that is down is told', async () => {
  ip('link', 'set', near, 'down')
  const error = await errorOf(openInterface(near))
  ip('link', 'set', near, 'up')
  expect(error.code).toBe('INTERFACE_DOWN')
})

test('without tcpdump the remedy is to install it', async () => {
  const error = await errorOf(openInterface(near, { tcpdump: 'no-such-tcpdump' }))
  expect(error.code).toBe('TCPDUMP_MISSING')
  expect(error.remedy).toContain('apt install tcpdump')
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
  const error = await errorOf(openInterface(near, { tcpdump: wrapper }))
  expect(error.code).toBe('CAPTURE_NOT_PERMITTED')
  expect(error.remedy).toContain('setcap cap_net_raw,cap_net_admin+ep')
})
