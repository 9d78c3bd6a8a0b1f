import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { modbus } from '../inventory/examples.ts'
import { Baseline } from './baseline.ts'
import { OTHER, ends, learned, mqtt, news, poll, publish, ua } from './examples.ts'
import { serializeBaseline } from './file.ts'

describe('the file', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      'a -> b',
      '"',
      '\\',
      '" x',
      '= 5',
      'holding:1-9',
      '__proto__',
      '\u2028',
      '\ud800',
      'a: b',
      '- x',
      '#',
      ' ',
      '\r\n',
      '\0',
      'x'.repeat(500),
    ),
  )

  test('saved and loaded, it judges the same, whatever the wire said', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (names) => {
        const operations = names.flatMap((name, at) => [
          mqtt(name, { user: name, classes: ['subscribe'], targets: [`topic:${name}`] }),
          publish(`${name}/a/b`, name),
          ua(name, { classes: ['write'], targets: [`node:${name}`], numbers: [at], user: name }),
          ...poll,
        ])
        const baseline = learned(operations)
        const text = serializeBaseline(baseline.export({ site: names[0]! }))
        const { file, errors } = Baseline.load(text, 'b.yaml')
        expect(errors).toEqual([])
        const again = new Baseline({ phase: 'watching', file: file! })
        for (const operation of operations) expect(news(again, operation)).toBe('')
        expect(news(again, mqtt(`other ${names[0]}`, OTHER))).toContain('talker')
        expect(serializeBaseline(again.export({ site: names[0]! }))).toBe(text)
      }),
      { numRuns: 60 },
    )
  })

  test('it is for people: grouped, sorted, one line an entry', () => {
    const text = serializeBaseline(learned(poll.toReversed()).export({ site: 'plant-a' }))
    expect(text).toBe(serializeBaseline(learned(poll).export({ site: 'plant-a' })))
    expect(text.slice(text.indexOf('pairs:'))).toBe(`pairs:
- client: "10.20.0.5"
  server: "10.10.1.10"
  entries:
  - client-of-class modbus read
  - client-of-class modbus write
  - operation modbus "Read Holding Registers"
  - operation modbus "Write Single Register"
  - port modbus tcp/502
  - talker
  - target modbus unit 1 read holding:0-119
  - target modbus unit 1 write holding:40
servers:
- server: "10.10.1.10"
  entries:
  - service modbus tcp/502
  - unit modbus 1
site_wide: []
`)
  })

  test('JSON is read as well, and values judge the same', () => {
    const write = (value: number) => modbus(6, ['holding:40'], { numbers: [value] })
    const baseline = learned(Array.from({ length: 40 }, (_, at) => write(100 + ((at * 7) % 40))))
    const file = JSON.parse(JSON.stringify(baseline.export({ site: 's' })), (_, value) =>
      value === null ? undefined : value,
    )
    const loaded = Baseline.load(JSON.stringify(file), 'b.json')
    expect(loaded.errors).toEqual([])
    const again = new Baseline({ phase: 'watching', file: loaded.file! })
    for (const value of [0, 99, 100, 120, 139, 140, 1000]) {
      expect(again.judgeValue(...ends(write(value)))).toEqual(
        baseline.judgeValue(...ends(write(value))),
      )
    }
  })

  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1 empty']],
    ['a wrong version', 'apiVersion: x\npairs: []', ['1:13 choice']],
    ['an unknown key', 'apiVersion: baseline/v1\npairs: []\npair: []', ['3:1 unknown-key']],
    [
      'no entry',
      'apiVersion: baseline/v1\npairs:\n- {client: a, server: b, entries: [talkre]}',
      ['3:36 entry'],
    ],
    [
      'an entry of another place',
      'apiVersion: baseline/v1\npairs: []\nsite_wide: [talker]',
      ['3:13 entry'],
    ],
    [
      'a range upside down',
      'apiVersion: baseline/v1\npairs:\n- {client: a, server: b, entries: ["target modbus unit 1 read holding:9-3"]}',
      ['3:36 entry'],
    ],
  ])('%s is an error with its place', (_, text, expected) => {
    const { file, errors } = Baseline.load(text, 'b.yaml')
    expect(file).toBeUndefined()
    expect(errors.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(expected)
  })
})
