import { expect, test } from 'vitest'
import { doctorText, setupText } from './commands/elastic.ts'
import { letterText } from './dead-letters.ts'

const server = {
  distribution: 'elasticsearch',
  version: '9.4.3',
  constantKeyword: true,
  indexMode: true,
  lifecycle: undefined,
  dataStreamApi: true,
} as const

test('setup tells what the server is and what it changed', () => {
  const steps = [
    { what: 'index template', name: 'logs-ot-default', done: 'made' },
    { what: 'alias', name: 'ot-findings-default', done: 'kept' },
    { what: 'alias', name: 'ot-assets-default', done: 'kept' },
  ] as const
  const text = setupText({ server, steps: [...steps] }, ['https://es1:9200'])
  expect(text).toContain('elasticsearch 9.4.3 at https://es1:9200\n')
  expect(text).toContain('the shipper deletes what is old')
  expect(text).toMatch(/index template +logs-ot-default +made\n2 parts in place before\n$/)
  const ilm = setupText({ server: { ...server, lifecycle: 'ilm' }, steps: [] }, ['https://es1'])
  expect(ilm).toContain('lifecycle ilm')
})

test('the doctor tells what to do below what is wrong', () => {
  const checks = [
    { ok: true, what: 'all is well' },
    { ok: false, what: 'this is not', remedy: 'Do that.' },
  ]
  expect(doctorText(checks)).toBe('ok    all is well\nFAIL  this is not\n      Do that.\n')
})

test('what a cluster says of a refused document cannot write to the terminal', () => {
  const letter = {
    id: 'op-77',
    kind: 'observation',
    place: 'logs-ot.modbus-default',
    status: 400,
    type: 'document_parsing_exception',
    reason: `bad \u001b[31mvalue ${'x'.repeat(500)}`,
    time: '2026-11-21T08:12:00Z',
    tries: 1,
    doc: '{}',
  } as const
  const text = letterText(letter)
  expect(text).toContain('op-77  logs-ot.modbus-default  400 document_parsing_exception: bad ')
  expect(text).not.toContain('\u001b')
  expect(text.length).toBeLessThan(300)
})
