import { expect, test } from 'vitest'
import { Scene, batchOf } from '../scene.ts'

const MINUTE = 60e6

/** An ARP frame: operation, sender and target as `mac ip`, ip in hexadecimal. */
function arp(operation: number, sender: string, target: string): Buffer {
  const hex = `${sender}${target}`.replaceAll(' ', '')
  return Buffer.from(`ffffffffffff0080f40000010806000108000604000${operation}${hex}`, 'hex')
}

const asks = arp(1, '0080f4000001 0a000001', '000000000000 0a000002')
const answers = arp(2, '0080f4000002 0a000002', '0080f4000001 0a000001')
const forged = arp(2, '0080f4000066 0a000002', '0080f4000001 0a000001')
const probe = arp(1, '0080f4000001 00000000', '000000000000 0a000009')

function play(...frames: readonly [at: number, frame: Buffer][]): Scene {
  const scene = new Scene()
  const times = frames.map(([at]) => 1e15 + at)
  scene.sensor.batch(
    batchOf(
      frames.map(([, frame]) => frame),
      times,
    ),
  )
  scene.sensor.end()
  return scene
}

test('who claims which address, with both ends', () => {
  const { operations } = play([0, asks], [1000, answers])
  expect(operations.map(({ draft }) => [draft.action, draft.classes, draft.targets])).toEqual([
    ['ARP request', ['other'], ['10.0.0.1']],
    ['ARP reply', ['identify'], ['10.0.0.2']],
  ])
  expect(operations[0]?.client).toEqual({ ip: '10.0.0.1', port: 0, mac: '00-80-F4-00-00-01' })
  expect(operations[0]?.server).toEqual({ ip: '10.0.0.2', port: 0, mac: '' })
  expect(operations[1]?.server.mac).toBe('00-80-F4-00-00-01')
  expect(operations[0]?.flow).toMatchObject({ transport: 'arp', id: '' })
})

test('a probe has no address of its own yet', () => {
  const [operation] = play([0, probe]).operations
  expect(operation?.client.ip).toBe('')
  expect(operation?.draft.targets).toEqual(['10.0.0.9'])
})

test('what does not change is told once a minute, what changes at once', () => {
  const { completed, sensor } = play(
    [0, answers],
    [1e6, answers],
    [MINUTE - 1e5, answers],
    [MINUTE, answers],
    [MINUTE + 1, forged],
    [MINUTE + 1e5, answers],
  )
  expect(completed.map(({ client }) => client.mac.slice(-2))).toEqual(['02', '02', '66'])
  expect(sensor.counters()).toMatchObject({ 'packets.arp': 6, arpRepeated: 3 })
})

test('a tag on another frame is none of an untagged one', () => {
  const tag = Buffer.from('81000064', 'hex')
  const tagged = Buffer.concat([asks.subarray(0, 12), tag, asks.subarray(12)])
  const { completed, sensor } = play([0, answers], [1e6, tagged], [2e6, answers], [3e6, tagged])
  expect(completed.map(({ flow }) => flow.vlans)).toEqual([[], [100]])
  expect(sensor.counters()).toMatchObject({ arpRepeated: 2 })
})
