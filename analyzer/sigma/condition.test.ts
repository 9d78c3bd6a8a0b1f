import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CONDITION_DEPTH_MAX,
  isConditionError,
  parseCondition,
  type Condition,
} from './condition.ts'

const names = ['a', 'b', 'c', 'sel_one', 'sel_two', '_hidden', 'not_x', 'android', 'ordinary']

function shown(condition: Condition): string {
  if (condition.op === 'is') return condition.name
  if (condition.op === 'not') return `not(${shown(condition.item)})`
  return `${condition.op}(${condition.items.map(shown).join(' ')})`
}

function read(text: string): string {
  const condition = parseCondition(text, names)
  return isConditionError(condition) ? `${condition.at}: ${condition.message}` : shown(condition)
}

test.each([
  ['a', 'a'],
  ['a or b and c', 'or(a and(b c))'],
  ['not a and b', 'and(not(a) b)'],
  ['not not a', 'a'],
  ['not (a or b)', 'not(or(a b))'],
  ['a and b and c', 'and(a b c)'],
  ['1 of sel_*', 'or(sel_one sel_two)'],
  ['any of sel_*', 'or(sel_one sel_two)'],
  ['all of sel_*', 'and(sel_one sel_two)'],
  ['not 1 of sel_*', 'not(or(sel_one sel_two))'],
  ['all of *_o*', 'sel_one'],
  ['1 of sel_one', 'sel_one'],
  ['1 of _*', '_hidden'],
  ['1 of them', 'or(a b c sel_one sel_two not_x android ordinary)'],
  ['_hidden', '_hidden'],
  ['not_x', 'not_x'],
  ['android and ordinary', 'and(android ordinary)'],
  ['(a)', 'a'],
  ['a\n  and\tb', 'and(a b)'],
])('%s', (text, meaning) => {
  expect(read(text)).toBe(meaning)
})

test.each([
  ['', '0: the condition is empty'],
  ['d', '0: `d` is not defined in the detection'],
  ['a AND b', '2: `AND` is not expected here'],
  ['a b', '2: `b` is not expected here'],
  ['a and', '5: the condition ends too early'],
  ['(a or b', '7: a parenthesis is not closed'],
  ['a)', '1: `)` is not expected here'],
  ['1 of nothing*', '5: no part of the detection is called `nothing*`'],
  ['2 of sel_*', '0: `2 of` is not Sigma'],
  ['1 of', '4: what `of` is about is missing'],
  ['sel_*', '0: the pattern `sel_*` stands alone'],
  ['a | count() > 5', '2: `|` is not expected here'],
  ['a and or b', '6: `or` is not expected here'],
  ['them', '0: `them` is not expected here'],
])('%s is refused', (text, error) => {
  expect(read(text)).toBe(error)
})

test('depth is bounded', () => {
  const deep = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
  expect(read(deep(CONDITION_DEPTH_MAX))).toBe('a')
  expect(read(deep(CONDITION_DEPTH_MAX + 1))).toContain('nested too deep')
})

test('never throws, whatever it is given', () => {
  const words = fc.constantFrom('a', 'b', 'and', 'or', 'not', 'of', '1', 'all', '(', ')', '*', '|')
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (list) => {
      expect(typeof read(list.join(' '))).toBe('string')
    }),
    { numRuns: 2000 },
  )
})
