import { expect, test } from 'vitest'
import type { Capture, InterfaceStatus } from '#sensor'
import { Watch } from './watch.ts'

const NOW = Date.UTC(2026, 0, 1) * 1000

type Status = { -readonly [K in keyof InterfaceStatus]?: InterfaceStatus[K] }

function watched(...all: Status[]): (now?: number) => string[] {
  for (const status of all) {
    status.silentMs ??= 0
    status.gaps ??= []
  }
  const watch = new Watch({ status: () => ({ interfaces: all }) } as unknown as Capture)
  return (now = NOW) => {
    return watch.look(now, 0).map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`)
  }
}

test('loss and frames sent are each told once, when they are new', () => {
  const eth1: Status = { name: 'eth1' }
  const events = watched(eth1)
  expect(events()).toEqual([])
  eth1.dropped = 7
  expect(events()).toEqual(['loss {"interface":"eth1","lost":7,"lost_in_all":7}'])
  expect(events()).toEqual([])
  eth1.dropped = 8
  eth1.droppedByInterface = 1
  eth1.transmitted = 1
  expect(events()).toEqual([
    'loss {"interface":"eth1","lost":2,"lost_in_all":9}',
    'transmitted {"interface":"eth1","frames":1}',
  ])
  eth1.transmitted = undefined
  expect(events()).toEqual([])
})

test('silence is told when it has lasted a minute, and its end is a gap', () => {
  const eth1 = { name: 'eth1', silentMs: 59_999 }
  const events = watched(eth1)
  expect(events()).toEqual([])
  eth1.silentMs = 60_000
  expect(events()).toEqual(['silence {"interface":"eth1","seconds":60}'])
  eth1.silentMs = 90_000
  expect(events(NOW + 30e6)).toEqual([])
  eth1.silentMs = 1000
  expect(events(NOW + 40e6)).toEqual([
    'gap {"interface":"eth1","begin":"2025-12-31T23:59:00.000000Z","end":"2026-01-01T00:00:39.000000Z","seconds":99,"reason":"silent"}',
  ])
  eth1.silentMs = 61_000
  expect(events()).toEqual(['silence {"interface":"eth1","seconds":61}'])
})

test('a gap is told once it has ended, and interfaces are told apart', () => {
  const down = { number: 1, begin: NOW, end: NOW + 2.5e6, reason: 'down' }
  const eth1: Status = { name: 'eth1', gaps: [down] }
  const eth2 = { name: 'eth2', dropped: 1, gaps: [{ ...down }] }
  const events = watched(eth1, eth2)
  const text =
    '"begin":"2026-01-01T00:00:00.000000Z","end":"2026-01-01T00:00:02.500000Z","seconds":2.5,"reason":"down"}'
  expect(events()).toEqual([
    `gap {"interface":"eth1",${text}`,
    'loss {"interface":"eth2","lost":1,"lost_in_all":1}',
    `gap {"interface":"eth2",${text}`,
  ])
  eth1.gaps = [down, { ...down, number: 2 }]
  expect(events()).toHaveLength(1)
})

test('a port that is renamed is told by both names, and watched on', () => {
  const eth1: Status = { name: 'eth1', dropped: 3 }
  const events = watched(eth1, { name: 'eth2' })
  expect(events()).toHaveLength(1)
  eth1.name = 'span0'
  expect(events()).toEqual([
    'interface {"interface":"span0","change":"renamed","from":"eth1","to":"span0"}',
  ])
  eth1.dropped = 4
  expect(events()).toEqual(['loss {"interface":"span0","lost":1,"lost_in_all":4}'])
})

test('a port that is away is told at once, in the silence of it, and at its end', () => {
  const eth1: Status = { name: 'eth1' }
  const events = watched(eth1)
  eth1.away = { begin: NOW, reason: 'down' }
  const begin = '"begin":"2026-01-01T00:00:00.000000Z"'
  expect(events()).toEqual([
    `interface {"interface":"eth1","change":"away",${begin},"reason":"down"}`,
  ])
  expect(events()).toEqual([])
  eth1.silentMs = 60_000
  expect(events()).toEqual(['silence {"interface":"eth1","seconds":60,"reason":"down"}'])
  eth1.silentMs = 0
  eth1.away = undefined
  eth1.gaps = [{ number: 1, begin: NOW, end: NOW + 70e6, reason: 'down' }]
  expect(events(NOW + 70e6).map((text) => text.split(' ')[0])).toEqual(['gap', 'gap'])
  // The same reason at another time is another absence.
  eth1.away = { begin: NOW + 80e6, reason: 'down' }
  expect(events()).toHaveLength(1)
})
