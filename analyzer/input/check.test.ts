import * as fc from 'fast-check'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { check } from './check.ts'
import { closest } from './closest.ts'
import { formatInputError } from './input.ts'
import { parseYaml } from './yaml.ts'

const schema = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 5, description: 'Write a title.' }),
    level: Type.Optional(Type.Union([Type.Literal('low'), Type.Literal('high')])),
    tags: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z]+$' }), { uniqueItems: true })),
    ports: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 65535 }), { maxItems: 2 })),
    names: Type.Optional(Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 }))),
    shape: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.Object({ a: Type.Integer() }), { minItems: 1 })]),
    ),
  },
  { additionalProperties: false },
)

function found(text: string): string[] {
  return check(parseYaml(text, 'f.yml').node!, schema, 'f.yml').map(formatInputError)
}

describe('what is wrong is said where it is wrong', () => {
  test.each([
    ['title: x', []],
    ['level: low', ['f.yml:1:1: `title` is missing. Write a title.']],
    ['titel: x\ntitle: y', ['f.yml:1:1: `titel` is not known. Did you mean `title`?']],
    ['title: 5', ['f.yml:1:8: `title` must be text, not the number 5. Put it in quotes.']],
    ['title: ""', ['f.yml:1:8: `title` is too short. Write a title.']],
    ['title: toolong', ['f.yml:1:8: `title` is longer than 5 characters. Write a title.']],
    ['title: [x]', ['f.yml:1:8: `title` must be text, not a list. Write a title.']],
    [
      'title: x\nlevel: hgih',
      ['f.yml:2:8: `level` must be one of low, high, not `hgih`. Did you mean `high`?'],
    ],
    [
      'title: x\ntags: [a, B, a]',
      [
        'f.yml:2:11: `tags[1]` is not well formed: `B`. It has to look like ^[a-z]+$.',
        'f.yml:2:14: `a` is given twice in `tags`. Keep one of them.',
      ],
    ],
    [
      'title: x\nports: [0, 1.5, 3]',
      [
        'f.yml:2:8: `ports` may have 2 entries at most. Take some out.',
        'f.yml:2:9: `ports[0]` must be at least 1 and at most 65535, not 0. Change it.',
        'f.yml:2:12: `ports[1]` must be a whole number, not the number 1.5. Write a whole number.',
      ],
    ],
    [
      'title: x\nnames:\n  a.b: 0',
      ['f.yml:3:8: `names.a.b` must be more than 0, not 0. Change it.'],
    ],
    [
      'title: x\nshape: 5',
      ['f.yml:2:8: `shape` must be text or a list, not the number 5. Write text or a list.'],
    ],
    [
      'title: x\nshape:\n  - a: y',
      ['f.yml:3:8: `shape[0].a` must be a whole number, not `y`. Write a whole number, as `a: 5`.'],
    ],
    [
      '- x',
      [
        'f.yml:1:1: the document must be a map of names to values, not a list. Write a map of names to values.',
      ],
    ],
  ])('%j', (text, errors) => {
    expect(found(text)).toEqual(errors)
  })
})

test('agrees with a validator of plain values', () => {
  const anything = fc.oneof(
    fc.constantFrom('x', 'low', '', 'abcdef', 0, 1, 2.5, 70_000, true, null),
    fc.array(fc.constantFrom('a', 'b', 'C', 1, 0, 1.5, 99_999), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom(1, 0, 'x')),
    fc.array(fc.record({ a: fc.constantFrom(1, 'x') }), { maxLength: 2 }),
  )
  const or = <T>(fitting: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: fitting, weight: 4 }, { arbitrary: anything, weight: 1 })
  const document = fc.record(
    {
      title: or(fc.constant('x')),
      level: or(fc.constant('high')),
      tags: or(fc.constant(['a', 'b'])),
      ports: or(fc.constant([502])),
      names: or(fc.constant({ a: 1 })),
      shape: or(fc.constantFrom('x', [{ a: 1 }])),
    },
    { requiredKeys: ['title'] },
  )
  let valid = 0
  fc.assert(
    fc.property(document, (given) => {
      const { node } = parseYaml(JSON.stringify(given), 'f')
      const own = check(node!, schema, 'f').length === 0
      if (own) valid++
      expect(own).toBe(Value.Check(schema, given))
    }),
    { numRuns: 2000, seed: 1 },
  )
  expect(valid).toBeGreaterThan(100)
})

test('a keyword that is not understood fails loudly', () => {
  const { node } = parseYaml('a: 1', 'f')
  expect(() => check(node!, { type: 'object', dependentSchemas: {} }, 'f')).toThrow(/keyword/)
})

test.each([
  ['titel', 'title'],
  ['modbus.fuction_code', 'modbus.function_code'],
  ['TITLE', 'title'],
  ['x', undefined],
  ['something', undefined],
])('closest to %s', (typed, meant) => {
  expect(closest(typed, ['title', 'level', 'modbus.function_code'])).toBe(meant)
})

test('what is missing is named with its value, or with its kind', () => {
  const other = Type.Object({
    apiVersion: Type.Literal('zones/v1'),
    mode: Type.Enum(['on', 'off']),
    zones: Type.Array(Type.String()),
    site: Type.String(),
  })
  const { node } = parseYaml('{}', 'f.yml')
  expect(check(node!, other, 'f.yml').map(({ remedy }) => remedy)).toEqual([
    'Add `apiVersion: zones/v1`.',
    'Add `mode: on` or `mode: off`.',
    'Add `zones`: a list.',
    'Add `site`: text.',
  ])
  const text = parseYaml('apiVersion: zones/v1\nmode: on\nzones: []\nsite: [a]', 'f.yml').node
  expect(check(text!, other, 'f.yml').map(({ remedy }) => remedy)).toEqual([
    'Write text, as `site: some text`.',
  ])
})
