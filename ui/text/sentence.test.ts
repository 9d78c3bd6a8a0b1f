import { describe, expect, it } from 'vitest'
import type { Health } from '../../analyzer/api/schema.ts'
import { byClass, decodedShare, emphasise, keptWords, partyAddress } from './sentence.ts'
import { partyName, severeWords, stopped, vouch } from './sentence.ts'

const party = { ip: '10.0.0.1', mac: '00:80:f4:10:20:01', name: 'PLC-1', zone: 'cell-1' }
const coverage = {
  protocol: 'modbus',
  messages: 1000,
  malformed: 0,
  gaps: 0,
  encrypted: 0,
  decoded: 0.998,
}

function health(change: Partial<Health>): Health {
  return { packets: 1_200_000, lost: 0, coverage: [coverage], ...change } as Health
}

describe('parties', () => {
  it('are called by name and told apart by address', () => {
    expect(partyName(party)).toBe('PLC-1')
    expect(partyAddress(party)).toBe('10.0.0.1')
    expect(partyName({ ...party, name: '' })).toBe('10.0.0.1')
    expect(partyAddress({ ...party, name: '' })).toBe('')
    expect(partyName({ ip: '', mac: '', name: '', zone: '' })).toBe('unknown')
  })
})

describe('emphasis', () => {
  it('sets names strong and loses no character', () => {
    const sentence = 'eng-ws-2 wrote registers 40–43 on PLC-1 (unit 1) for the first time'
    const pieces = emphasise(sentence, ['PLC-1', 'eng-ws-2', ''])
    expect(pieces.map((piece) => piece.text).join('')).toBe(sentence)
    expect(pieces.filter((piece) => piece.strong).map((piece) => piece.text)).toEqual([
      'eng-ws-2',
      'PLC-1',
    ])
  })
  it('does not find a name inside another', () => {
    expect(emphasise('10.0.0.12 called 10.0.0.1', ['10.0.0.1'])).toEqual([
      { text: '10.0.0.12 called ', strong: false },
      { text: '10.0.0.1', strong: true },
    ])
  })
})

describe('operations by class', () => {
  it('come strongest first, without what never happened', () => {
    expect(byClass({ read: 9, identify: 1, write: 2, control: 0 })).toEqual([
      ['write', 2],
      ['read', 9],
      ['identify', 1],
    ])
  })
})

describe('what the sensor can vouch for', () => {
  it('says seen, lost and decoded', () => {
    expect(vouch(health({}), '1.2 M')).toBe(
      'The sensor saw 1.2 M packets, lost none, and decoded 99.8\u202F% of the modbus it saw.',
    )
  })
  it('does not claim what it cannot know', () => {
    expect(vouch(health({ lost: null, coverage: [] }), '5')).toBe(
      'The sensor saw 5 packets, cannot say whether any were lost, and recognised no industrial protocol in them.',
    )
    expect(vouch(health({ packets: 0 }), '0')).toContain('check the mirror port')
    expect(decodedShare(health({ coverage: [] }))).toBeNull()
  })
})

describe('what is severe', () => {
  it.each([
    [['critical'], 1, 'a critical finding'],
    [['high'], 1, 'a high finding'],
    [['medium'], 1, ''],
    [[], 1, '1 finding'],
    [['low', 'medium'], 2, ''],
    [['low', 'high', 'critical', 'critical'], 4, '4 findings, 2 critical and 1 high'],
    [['low'], 2, '2 findings'],
  ] as const)('of %j of %d: %s', (known, all, words) => {
    expect(severeWords(known, all)).toBe(words)
  })
})

describe('packets kept', () => {
  it('says so when repeats have none', () => {
    expect(keptWords(200, 235)).toBe('Kept are the first 200 packets of 235 repeats.')
    expect(keptWords(3, 3)).toBe('')
    expect(keptWords(126, 2)).toBe('')
    expect(keptWords(0, 5)).toBe('')
  })
})

describe('words of the API', () => {
  it.each([
    ['there is no such finding', 'there is no such finding.'],
    ['Load the list again.', 'Load the list again.'],
    ['', ''],
  ])('%s ends with a stop', (text, words) => expect(stopped(text)).toBe(words))
})
