import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { YAML_DEPTH_MAX, coreValue, entry, parseYaml, plain } from './yaml.ts'

describe('places and source text', () => {
  const text = 'a: 007\nb:\n  - "x\\ty"\n  - [p, ~]\nc:\nd: 18446744073709551615\n'
  const { node, nodes, errors } = parseYaml(text, 'f.yml')

  test('no errors, one document', () => {
    expect(errors).toEqual([])
    expect(nodes).toHaveLength(1)
  })

  test.each([
    ['a', '007', 7, false, 1, 4],
    ['c', '', null, false, 5, 2],
    ['d', '18446744073709551615', 2 ** 64, false, 6, 4],
  ])('%s', (name, source, value, quoted, line, column) => {
    expect(entry(node, name)?.value).toEqual({
      kind: 'scalar',
      text: source,
      value,
      quoted,
      at: { line, column },
    })
  })

  test('items of a list', () => {
    const list = entry(node, 'b')?.value
    expect(list).toMatchObject({
      kind: 'list',
      items: [
        { text: 'x\ty', quoted: true, at: { line: 3, column: 5 } },
        { kind: 'list', at: { line: 4, column: 5 } },
      ],
    })
  })

  test('plain values without a prototype', () => {
    const value = plain(parseYaml('__proto__: {x: 1}\nconstructor: 2\n', 'f').node!)
    expect(Object.getPrototypeOf(value)).toBeNull()
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect(({} as { x?: number }).x).toBeUndefined()
  })
})

test('each document of a file', () => {
  const { nodes } = parseYaml('a: 1\n---\nb: 2\n---\n- c\n', 'f')
  expect(nodes.map(plain)).toEqual([{ a: 1 }, { b: 2 }, ['c']])
})

test.each(['', '# nothing\n'])('nothing in it: %j', (text) => {
  expect(parseYaml(text, 'f')).toEqual({ nodes: [], errors: [] })
})

test('a byte order mark is no column', () => {
  expect(parseYaml('\uFEFFa: 1', 'f').node?.at).toEqual({ line: 1, column: 1 })
})

test('lines end with CR LF, CR or LF', () => {
  const { node } = parseYaml('a: 1\r\nb: 2\nc: 3\n', 'f')
  expect(entry(node, 'c')?.key.at).toEqual({ line: 3, column: 1 })
})

test.each([
  ['a: 1\na: 2\n', 'yaml-duplicate', 2, 1],
  ['a: &x 1\n', 'yaml-anchor', 1, 4],
  ['a: *x\n', 'yaml-alias', 1, 4],
  ['a: !!binary x\n', 'yaml-tag', 1, 4],
  ['? [a]\n: 1\n', 'yaml-key', 1, 3],
  ['a: 1\n b: 2\n', 'yaml-syntax', 2, 3],
  ['a: [1\n', 'yaml-syntax', 2, 1],
  ['\ta: 1\n', 'yaml-syntax', 1, 3],
])('%j is refused where it is wrong', (text, code, line, column) => {
  const [error] = parseYaml(text, 'f.yml').errors
  expect(error).toMatchObject({ file: 'f.yml', code, line, column })
})

test('all duplicates at once', () => {
  expect(parseYaml('a: 1\na: 2\nb: 1\nb: 2\n', 'f').errors).toHaveLength(2)
})

test('an alias bomb is refused and costs nothing', () => {
  const { errors } = parseYaml('a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n', 'f')
  expect(errors.map(({ code }) => code)).toContain('yaml-alias')
})

test('depth is bounded', () => {
  const deep = YAML_DEPTH_MAX + 10
  const { errors } = parseYaml(`${'['.repeat(deep)}${']'.repeat(deep)}`, 'f')
  expect(errors).toHaveLength(1)
})

test.each([
  ['null', null],
  ['~', null],
  ['True', true],
  ['FALSE', false],
  ['yes', 'yes'],
  ['on', 'on'],
  ['0o17', 15],
  ['0x1F', 31],
  ['1e3', 1000],
  ['-.5', -0.5],
  ['-.inf', -Infinity],
  ['.nan', NaN],
  ['2026-01-01', '2026-01-01'],
  ['1_000', '1_000'],
  ['0b1', '0b1'],
  ['12:30', '12:30'],
])('core schema: %s', (text, value) => {
  expect(coreValue(text)).toEqual(value)
})

test('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const { nodes, errors } = parseYaml(text, 'f')
      for (const error of errors) expect(error.line).toBeGreaterThan(0)
      nodes.forEach(plain)
    }),
    { numRuns: 500 },
  )
})

test('never throws on what looks like YAML', () => {
  const piece = fc.constantFrom('a', ': ', '- ', '\n', '  ', '[', ']', '{', '}', '&x ', '*x', '"')
  const pieces = fc.array(piece, { maxLength: 40 }).map((list) => list.join(''))
  fc.assert(
    fc.property(pieces, (text) => {
      parseYaml(text, 'f').nodes.forEach(plain)
    }),
    { numRuns: 1000 },
  )
})
