import { describe, expect, test } from 'vitest'
import type { Account } from '../../analyzer/api/schema.ts'
import { identitiesOf, isLossy, sidesText, upstreamText } from './accounting.ts'

const account = (change: Partial<Account> = {}): Account => ({
  identity: 'I2',
  title: 'Packets',
  part: 'packets',
  says: '',
  unit: 'packets',
  left: [{ name: 'read', value: 12_000 }],
  right: [
    { name: 'TCP', value: 11_000 },
    { name: 'UDP', value: 1000 },
  ],
  residue: 0,
  reason: '',
  ...change,
})

describe('identities', () => {
  test('are told by their first part, or by what is wrong', () => {
    const wrong = account({ part: 'flows', residue: -3 })
    const unknown = account({ identity: 'I1', residue: null, reason: 'A file.' })
    const found = identitiesOf([unknown, account(), wrong])
    expect(found.map(({ id, standing }) => [id, standing])).toEqual([
      ['I1', 'unknown'],
      ['I2', 'wrong'],
    ])
    expect(found[1]?.told).toBe(wrong)
    expect(identitiesOf([account()])[0]?.standing).toBe('settled')
    expect(identitiesOf([account({ reason: 'Lost.' })])[0]?.standing).toBe('noted')
  })

  test('both sides, and what is left', () => {
    expect(sidesText(account())).toBe('12\u202F000 = 12\u202F000 packets')
    expect(sidesText(account({ residue: null }))).toBe('')
    const left = [{ name: 'read', value: 12_004 }]
    expect(sidesText(account({ left, residue: 4 }))).toBe(
      '12\u202F004 ≠ 12\u202F000 packets: 4 not accounted for',
    )
  })
})

test.each([
  [0, 0, 'nothing, by an estimate', false],
  [1200, 0.02, '1.2\u202FkB (2.00\u202F%), by an estimate', true],
  [12, 0.000_01, '12\u202FB (less than 0.01\u202F%), by an estimate', false],
])('%i bytes lost before the sensor', (upstream_bytes, upstream_share, text, isMuch) => {
  const loss = { kernel: null, interface: null, upstream_bytes, upstream_share }
  expect([upstreamText({ loss }), isLossy({ loss })]).toEqual([text, isMuch])
})
