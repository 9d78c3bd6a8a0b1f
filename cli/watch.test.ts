import { expect, test } from 'vitest'
import type { Capture } from '#sensor'
import { Watch } from './watch.ts'

test('loss, frames sent and silence are each told once, when they are new', () => {
  let dropped = 0
  let sent: number | null = 0
  const capture = { status: () => ({ dropped }) } as unknown as Capture
  const watch = new Watch(capture, () => sent)
  const events = (silentMs = 0): string[] => {
    return watch.look(silentMs).map(({ event, fields }) => `${event} ${JSON.stringify(fields)}`)
  }
  expect(events()).toEqual([])
  dropped = 7
  expect(events()).toEqual(['loss {"lost":7,"lost_in_all":7}'])
  expect(events()).toEqual([])
  dropped = 9
  sent = 1
  expect(events()).toEqual(['loss {"lost":2,"lost_in_all":9}', 'transmitted {"frames":1}'])
  expect(events(59_999)).toEqual([])
  expect(events(60_000)).toEqual(['silence {"seconds":60}'])
  expect(events(90_000)).toEqual([])
  expect(events(0)).toEqual([])
  expect(events(61_000)).toEqual(['silence {"seconds":61}'])
  sent = null
  expect(events()).toEqual([])
})
