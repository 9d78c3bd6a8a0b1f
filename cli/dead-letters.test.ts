import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openStore } from '#analyzer'
import { deadLetters } from './dead-letters.ts'

let data: string
let told: string
let said: string

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'fieldtap-letters-'))
  ;[told, said] = ['', '']
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((told += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true))
  const store = await openStore(data)
  await store.setShipping(true)
  await store.bury(
    ['a', 'b', 'c'].map((id, i) => ({
      id,
      kind: 'observation',
      place: 'logs-ot.modbus-default',
      status: 400,
      type: 'document_parsing_exception',
      reason: 'failed to parse \u001b[31m',
      time: `2026-11-21T08:12:0${i}.000Z`,
      tries: 1,
      doc: JSON.stringify({ doc: { 'event.id': id }, from: { sensor: 's', site: 'd' } }),
    })),
  )
  await store.close()
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(data, { recursive: true })
})

/** Ids that are left, as the command prints them. */
async function left(): Promise<string[]> {
  told = ''
  await deadLetters({ data, json: true })
  return (JSON.parse(told) as { id: string }[]).map(({ id }) => id).toSorted()
}

test('they are listed with what to do, and with nothing that moves a cursor', async () => {
  await deadLetters({ data })
  expect(told).toContain('3 documents refused, the oldest here at 2026-11-21 08:12:00')
  expect(told).toContain('  a  logs-ot.modbus-default  400 document_parsing_exception: ')
  expect(told).toContain('fieldtap elastic dead-letters --replay\n')
  expect(told).not.toContain('\u001b')
})

test('one is forgotten, the others stay', async () => {
  await deadLetters({ data, discard: ['b', 'unknown'] })
  expect(said).toContain('1 document forgotten.')
  expect(await left()).toEqual(['a', 'c'])
})

test.each([
  [['a'] as string[], 1, ['a']],
  [true as const, 3, ['a', 'b', 'c']],
])('replay of %j marks them for the shipper, and loses none', async (replay, count, ids) => {
  await deadLetters({ data, replay })
  expect(said).toMatch(new RegExp(`${count} documents? will be sent again`))
  expect(await left()).toEqual(['a', 'b', 'c'])
  const store = await openStore(data)
  const marked = await store.replayed(10)
  await store.close()
  expect(marked.map(({ id }) => id).toSorted()).toEqual(ids)
})

test('both at once is refused before anything is done', async () => {
  await expect(deadLetters({ data, replay: true, discard: ['a'] })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  })
  expect(await left()).toEqual(['a', 'b', 'c'])
})

test('where nothing was refused it says so', async () => {
  await deadLetters({ data, discard: ['a', 'b', 'c'] })
  await deadLetters({ data })
  expect(told).toBe('No document was refused.\n')
})
