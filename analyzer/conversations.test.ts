import { expect, test } from 'vitest'
import { ATTEMPTS_MAX, Conversations } from './conversations.ts'
import type { Asset } from './inventory/asset.ts'
import { exampleConversation } from './inventory/examples.ts'

function asset(id: string): Asset {
  return { id, ip: [id], mac: [], name: id, zone: '' } as unknown as Asset
}

function add(conversations: Conversations, client: string, answered: boolean): void {
  const given = answered ? {} : { state: 'attempted' as const, serverPackets: 0 }
  conversations.add(exampleConversation(given), asset(client), asset('plc'), '')
}

test('attempts make way for attempts, and never for what was answered', () => {
  const conversations = new Conversations()
  add(conversations, 'plant', true)
  add(conversations, 'scanner', false)
  for (let at = 0; at < 3 * ATTEMPTS_MAX; at++) {
    add(conversations, `forged ${at}`, false)
    if (at % 1000 === 0) add(conversations, 'scanner', false)
  }
  const rows = conversations.drain()
  expect(rows.length).toBeLessThanOrEqual(2 * ATTEMPTS_MAX + 1)
  expect(rows.length + conversations.forgotten).toBe(3 * ATTEMPTS_MAX + 2)
  const plant = rows.filter(({ source }) => !source.name.startsWith('forged'))
  expect(plant.map(({ source, packets }) => [source.name, packets > 4])).toEqual([
    ['plant', expect.any(Boolean)],
    ['scanner', true],
  ])
})

test('who is answered at last keeps what was counted', () => {
  const conversations = new Conversations()
  add(conversations, 'client', false)
  const [before] = conversations.drain()
  add(conversations, 'client', true)
  const [after] = conversations.drain()
  expect(after?.id).toBe(before?.id)
  expect(after?.packets).toBeGreaterThan(before?.packets ?? 0)
})
