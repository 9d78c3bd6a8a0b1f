import { expect, test } from 'vitest'
import { ATTEMPTS_MAX } from './stream/attempts.ts'
import type { Frame } from './scene.ts'
import { S, START, Scene, handshake, moved } from './scene.ts'

const address = (i: number): string => `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`

/** Each from an address of its own, so many a second. */
function flood(count: number, rate = 1000): Frame[] {
  return Array.from({ length: count }, (_, i) => {
    return { from: `${address(i)}:5000`, flags: 'S', seq: i, at: (i * 1e6) / rate }
  })
}

/** One host tries the port of many. */
function scan(count: number, at: number): Frame[] {
  return Array.from({ length: count }, (_, i) => {
    return {
      from: '172.16.0.1:5000',
      to: `${address(i)}:700`,
      flags: 'S',
      seq: i,
      at: at + i * 1e4,
    }
  })
}

function inOrder(...lists: Frame[][]): Frame[] {
  return lists.flat().sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
}

const FLOOD = ATTEMPTS_MAX * 3

test('an ordinary scan is told, attempt by attempt, when each is over', () => {
  const { conversations, health } = new Scene({ flows: 10_000 }).play(scan(2000, 0))
  const ends = conversations.filter(({ phase }) => phase === 'end')
  expect(new Set(ends.map(({ flow }) => flow.server.ip)).size).toBe(2000)
  expect(ends.every(({ state }) => state === 'attempted')).toBe(true)
  expect(health).toEqual([])
})

test('of a flood nothing is told but its number', () => {
  const scene = new Scene({ flows: 2 * FLOOD }).play(flood(FLOOD))
  expect(scene.conversations).toEqual([])
  expect(scene.health.map(({ event, fields }) => [event, fields])).toEqual([
    ['limit', { table: 'attempts', count: FLOOD }],
  ])
  const counters = scene.sensor.counters()
  expect(counters).toMatchObject({ flows: FLOOD, flowsEnded: FLOOD, flowsUntold: FLOOD })
  expect(counters).toMatchObject({ flowsTold: 0, flowsOpen: 0 })
})

test('one of them that is answered is told then, with its true start', () => {
  const [, answer, last] = moved(handshake(), `${address(3)}:5000`, S) as [Frame, Frame, Frame]
  const late = [answer, { ...last, seq: 4 }].map((frame, i) => ({ ...frame, at: 5e7 + i }))
  const scene = new Scene({ flows: 2 * FLOOD }).play(inOrder(flood(FLOOD), late))
  expect(scene.conversations.map(({ phase }) => phase)).toEqual(['begin', 'end'])
  expect(scene.conversations[0]).toMatchObject({ start: START + 3000, state: 'established' })
  expect(scene.conversations[0]).toMatchObject({ clientPackets: 2, serverPackets: 1 })
})

test('who scans beneath a flood is told of all the same', () => {
  const scene = new Scene({ flows: 2 * FLOOD }).play(inOrder(flood(FLOOD), scan(200, 1e6)))
  const ends = scene.conversations.filter(({ phase }) => phase === 'end')
  expect(new Set(ends.map(({ flow }) => flow.client.ip))).toEqual(new Set(['172.16.0.1']))
  expect(new Set(ends.map(({ flow }) => flow.server.ip)).size).toBeGreaterThan(20)
})

test('who was answered before is told of too', () => {
  const known = moved(handshake(), '172.16.0.9:4000', S).map((frame, i) => ({ ...frame, at: i }))
  const attempt = { from: '172.16.0.9:4001', to: '10.0.0.77:700', flags: 'S', seq: 1, at: 2e6 }
  const scene = new Scene({ flows: 2 * FLOOD }).play(inOrder(known, flood(FLOOD), [attempt]))
  const ends = scene.conversations.filter(({ phase }) => phase === 'end')
  expect(ends.map(({ flow }) => flow.server.ip).sort()).toEqual(['10.0.0.2', '10.0.0.77'])
})
