import { describe, expect, it } from 'vitest'
import {
  boundsOf,
  findingParams,
  findingSearch,
  listSearch,
  parseSearch,
  rangeSearch,
  stringifySearch,
  zoneSearch,
} from './address.ts'

describe('the address', () => {
  it('is written in plain words and read back the same', () => {
    const search = { severity: 'high,critical', q: 'a&b=c #1', to: '2026-11-21T10:00:00Z' }
    const written = stringifySearch(search)
    expect(written).toBe('?severity=high,critical&q=a%26b%3Dc+%231&to=2026-11-21T10:00:00Z')
    expect(parseSearch(written)).toEqual(search)
  })
  it('holds only what was chosen', () => {
    expect(stringifySearch({ q: '', sort: undefined })).toBe('')
    expect(findingSearch({ q: '', view: 'nonsense', severity: 'deadly', sort: 'x' })).toEqual({})
    expect(listSearch({ q: 'plc', other: '1' })).toEqual({ q: 'plc' })
    expect(zoneSearch({ show: 'list', from_zone: 'a' })).toEqual({ from_zone: 'a' })
  })
  it('keeps severities in one order and drops what is none', () => {
    expect(findingSearch({ severity: 'low,critical,evil' }).severity).toBe('critical,low')
  })
  it('refuses times that are none', () => {
    expect(rangeSearch({ range: '1h', from: 'yesterday', to: '2026-11-21T10:00:00Z' })).toEqual({
      range: '1h',
      to: '2026-11-21T10:00:00Z',
    })
  })
})

describe('the time range', () => {
  const last = '2026-11-21T10:00:00.000000Z'
  it('ends at the newest capture time and sends no end while live', () => {
    expect(boundsOf({}, last)).toEqual({ from: '2026-11-20T10:00:00.000Z' })
    expect(boundsOf({ range: '1h' }, last)).toEqual({ from: '2026-11-21T09:00:00.000Z' })
  })
  it('is fixed when paused', () => {
    const to = '2026-11-21T08:00:00Z'
    expect(boundsOf({ range: '1h', to }, last)).toEqual({ from: '2026-11-21T07:00:00.000Z', to })
  })
  it('has no beginning when all is asked, or nothing was captured', () => {
    expect(boundsOf({ range: 'all' }, last)).toEqual({})
    expect(boundsOf({}, '')).toEqual({})
  })
})

describe('what the API is asked', () => {
  it('leaves posture and what is done out of the inbox', () => {
    expect(findingParams({})).toEqual({ state: 'open,escalated', posture: 'false', sort: '-last' })
  })
  it('shows posture by itself, in every state', () => {
    expect(findingParams({ view: 'posture', severity: 'low' })).toEqual({
      posture: 'true',
      severity: 'low',
      sort: '-last',
    })
  })
})
