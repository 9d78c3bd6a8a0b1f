import { describe, expect, test } from 'vitest'
import type { Frame } from './scene.ts'
import { C, S, START, Scene, answer, batchOf, bytesOf, handshake, request, says } from './scene.ts'

/** A frame again, as the mirror shows it elsewhere. */
const again = (frame: Frame, changed: Partial<Frame>): Frame => ({ ...frame, ...changed })

const first = { ...request, id: 900, at: 10_000 }

function counted(...frames: Frame[]) {
  const scene = new Scene().play([...handshake(), ...frames])
  const counters = scene.sensor.counters()
  return { scene, copies: counters['duplicates'], repeated: counters['duplicateBytes'] }
}

describe('what is a copy', () => {
  const rows: [string, Partial<Frame>, number][] = [
    ['the same at once', {}, 1],
    ['in another VLAN', { vlan: 20, at: 10_100 }, 1],
    ['50 ms later', { at: 60_000 }, 1],
    ['not what comes later', { at: 60_001 }, 0],
    ['not with another identification: sent again', { id: 901, at: 10_100 }, 0],
    ['not with another acknowledgement', { ack: 499 }, 0],
    ['not with another flag', { flags: 'A' }, 0],
  ]
  test.each(rows)('%s', (_, changed, copies) => {
    const one = counted(first, again(first, changed))
    expect([one.copies, one.repeated]).toEqual([copies, copies === 1 ? 0 : 8])
    expect([one.scene.targets, one.scene.codes]).toEqual([['speed'], []])
    const last = one.scene.conversations.at(-1)
    expect(last?.clientPackets).toBe(copies === 1 ? 3 : 4)
  })

  test('how it came is counted', () => {
    const [frame, copy] = [bytesOf(first), bytesOf({ ...first, vlan: 20 })]
    copy[0] = 0x99
    copy[14 + 4 + 8] = 7
    frame[14 + 8] = 8
    const scene = new Scene()
    scene.sensor.batch(batchOf([frame, copy], [START, START + 9]))
    expect(scene.sensor.counters()).toMatchObject({
      duplicates: 1,
      duplicatesOtherAdapters: 1,
      duplicatesOtherVlan: 1,
      duplicatesRouted: 1,
      'duplicates.vlans.0-20': 1,
      'packets.tcp': 2,
      flowPackets: 1,
    })
  })
})

describe('what only looks like one', () => {
  const other = says(1, 7, 'fires')

  test('a segment that says something else is told', () => {
    const { scene, copies } = counted(first, again(first, { data: other }))
    expect([scene.targets, scene.codes, copies]).toEqual([['speed'], ['overlap'], 0])
  })

  test('and its copy says nothing new', () => {
    const odd = again(first, { data: other })
    const { scene, copies } = counted(first, odd, odd)
    expect([scene.codes, copies]).toEqual([['overlap'], 1])
  })

  test('a segment that waits is no gap for its copy', () => {
    const late = { ...first, seq: 108, data: says(1, 8, 'later') }
    const { scene, copies } = counted(late, late, { ...first, id: 901 })
    expect([scene.targets, copies]).toEqual([['speed', 'later'], 1])
  })

  test('nonsense within a stream that was joined late hides no request', () => {
    const junk = { ...first, data: '\xff'.repeat(8) }
    const scene = new Scene().play([junk, again(junk, { data: request.data ?? '' })])
    expect(scene.targets).toEqual(['speed'])
  })

  test('a datagram with other bytes is another one', () => {
    const ask = { ...first, udp: true }
    const scene = new Scene().play([ask, again(ask, { data: other }), ask])
    expect(scene.targets).toEqual(['speed', 'fires'])
    expect(scene.sensor.counters()).toMatchObject({ duplicates: 1 })
  })
})

test('copies of an end begin nothing, and answers are joined once', () => {
  const frames = [
    first,
    answer,
    { from: C, to: S, flags: 'FA', seq: 108, ack: 507 },
    { from: S, to: C, flags: 'FA', seq: 507, ack: 109 },
    { from: C, to: S, flags: 'A', seq: 109, ack: 508 },
  ].map((frame, i) => ({ ...frame, id: 50 + i, at: 10_000 + i }))
  const { scene, copies } = counted(...frames, ...frames.map((one) => ({ ...one, at: 20_000 })))
  expect(copies).toBe(frames.length)
  expect(scene.conversations.map(({ phase }) => phase)).toEqual(['begin', 'end'])
  expect(scene.completed.map((one) => one.answer?.values)).toEqual([['fast']])
})

test('an empty table forgets nothing, whatever the clock says', () => {
  // The lower half of these times, which the table keeps, is that of an entry never taken.
  const time = 2 ** 32 * 400_000
  const frames = Array.from({ length: 3000 }, (_, id) => bytesOf({ ...first, id }))
  const scene = new Scene()
  scene.sensor.batch(
    batchOf(
      frames,
      frames.map((_, i) => time + i),
    ),
  )
  expect(scene.sensor.counters()).toMatchObject({ duplicates: 0, duplicatesForgotten: 0 })
})
