import { expect, test } from 'vitest'
import { ODD, Scene, handshake, says } from '../scene.ts'
import type { Frame } from '../scene.ts'

const message = says(1, 7, 'x'.repeat(30))

/** The start of a message, in segments of one byte. */
function crumbs(count: number, text = message): Frame[] {
  return Array.from({ length: count }, (_, i): Frame => {
    return { to: ODD, flags: 'PA', seq: 100 + i, ack: 500, data: text.charAt(i) }
  })
}

/** Payload that waits, and what it takes to keep it. */
function kept(frames: readonly Frame[], heldBytes?: number): unknown[] {
  const limits = heldBytes === undefined ? {} : { heldBytes }
  const scene = new Scene(limits).play([...handshake(ODD), ...frames], false)
  const { waitingBytes, heldBytes: held, probesRefused } = scene.sensor.counters()
  scene.sensor.end()
  const { waitingBytes: left, heldBytes: rest } = scene.sensor.counters()
  expect([left, rest]).toEqual([0, 0])
  return [waitingBytes, held, probesRefused]
}

test('every piece of an undecided beginning costs more than its bytes', () => {
  expect(kept(crumbs(1))).toEqual([1, 64 + 96, 0])
  expect(kept(crumbs(20))).toEqual([20, 64 + 20 * 96, 0])
})

test('crumbs reach the bound, which ends the listening', () => {
  expect(kept(crumbs(20), 64 + 19 * 96)).toEqual([0, 0, 1])
  expect(kept(crumbs(20), 64 + 20 * 96)).toEqual([20, 64 + 20 * 96, 0])
})

test('what begins no message is let go, pieces and all', () => {
  expect(kept(crumbs(4, '\u0001\u0014\u0007!'))).toEqual([4, 64, 0])
})
