import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentId } from './names.ts'
import type { Looked } from './query.ts'
import { conversationFilter, findingFilter, operationFilter } from './query.ts'

const looked: Looked = { asset: undefined, named: () => [] }

describe('a text that is searched for', () => {
  test('is no pattern, whatever it holds', () => {
    const text = JSON.stringify(findingFilter({ text: 'A*b?c\\d' }, looked))
    expect(text).toContain(JSON.stringify({ 'ot.search': { value: '*a\\*b\\?c\\\\d*' } }))
  })

  test('each word is a filter of its own, in a document or in a typed name of its site', () => {
    const named = (word: string): { site: string; addresses: string[] }[] =>
      word === 'boiler' ? [{ site: 'north', addresses: ['10.0.0.1'] }] : []
    const query = findingFilter({ text: 'boiler wrote' }, { asset: undefined, named })
    expect(query).toEqual({
      bool: {
        filter: [
          {
            bool: {
              should: [
                { wildcard: { 'ot.search': { value: '*boiler*' } } },
                {
                  bool: {
                    filter: [
                      {
                        bool: {
                          should: [{ terms: { 'ot.address': ['10.0.0.1'] } }],
                          minimum_should_match: 1,
                        },
                      },
                      { term: { 'ot.site': 'north' } },
                    ],
                  },
                },
              ],
              minimum_should_match: 1,
            },
          },
          {
            bool: {
              should: [{ wildcard: { 'ot.search': { value: '*wrote*' } } }],
              minimum_should_match: 1,
            },
          },
        ],
      },
    })
  })
})

describe('filters', () => {
  test('nothing asked is everything; an empty list is nothing', () => {
    expect(findingFilter({}, looked)).toEqual({ bool: { filter: [] } })
    expect(findingFilter({ state: [] }, looked)).toEqual({
      bool: { filter: [{ terms: { 'ot.finding.state': [] } }] },
    })
  })

  test('a time that a cluster does not read is none of an operation', () => {
    const between = (from?: string, to?: string): string =>
      JSON.stringify(operationFilter({ from, to }, looked))
    expect(between('soon')).toContain('match_none')
    expect(between(undefined, '\uffff')).not.toContain('\uffff')
    expect(between('2026-11-21T08:00:00.000250Z')).toContain('"gte":"2026-11-21T08:00:00.000250Z"')
  })

  test('an asset of one site is at none of another', () => {
    const asset = [{ site: 'north', addresses: ['10.0.0.1'] }]
    const text = JSON.stringify(conversationFilter({ asset: 'a' }, { ...looked, asset }))
    expect(text).toContain('{"term":{"ot.site":"north"}}')
    expect(text).toContain('{"terms":{"ot.source.address":["10.0.0.1"]}}')
  })

  test('whatever is asked can be said in JSON that every server reads', () => {
    // Any UTF-16, also what is none.
    const odd = fc
      .array(fc.nat(0xffff), { maxLength: 30 })
      .map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(odd, odd, odd, (text, rule, from) => {
        const said = JSON.stringify(findingFilter({ text, rule, from }, looked))
        const all: unknown[] = []
        JSON.parse(said, (_, value: unknown) => void all.push(value))
        const texts = all.filter((value) => typeof value === 'string')
        expect(texts.filter((value) => !value.isWellFormed())).toEqual([])
      }),
    )
  })
})

test('an id that can be one is its own, any other a hash', () => {
  expect(documentId('op-1.a:b_c')).toBe('op-1.a:b_c')
  expect(documentId('a b')).toMatch(/^[0-9a-f]{64}$/)
  expect(documentId(documentId('a b'))).toBe(documentId('a b'))
})
