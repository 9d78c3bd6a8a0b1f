import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { source } from './examples.ts'
import { loadPolicy } from './load.ts'

const head = 'apiVersion: zones/v1\n'
const zone = '- {id: A, members: [{cidr: 10.1.0.0/24}]}\n'

/** `line:column code` of every error. */
function errors(text: string): string[] {
  const { policy, errors: found } = loadPolicy(text, 'p.yaml')
  expect(policy === undefined).toBe(found.length > 0)
  for (const error of found) {
    expect(error.file).toBe('p.yaml')
    expect(error.message).not.toBe('')
    expect(error.remedy).not.toBe('')
  }
  return found.map(({ line, column, code }) => `${line}:${column} ${code}`)
}

function remedies(text: string): string {
  return loadPolicy(text, 'p.yaml')
    .errors.map(({ remedy }) => remedy)
    .join('\n')
}

describe('errors of a policy', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', ['1:1 empty']],
    ['no YAML', 'a: [', ['1:5 yaml-syntax']],
    ['no zones', head, ['1:1 missing']],
    ['a key that is not known', `${head}zone: []\nzones:\n${zone}`, ['2:1 unknown-key']],
    ['a wrong version', `apiVersion: zones/v2\nzones:\n${zone}`, ['1:13 choice']],
    ['no subnet', `${head}zones:\n- {id: A, members: [{cidr: 10.1.0.1/24}]}\n`, ['3:28 address']],
    [
      'two of one',
      `${head}zones:\n- {id: A, members: [{cidr: 10.1.0.0/24, ip: 10.1.0.1}]}\n`,
      ['3:21 member'],
    ],
    ['a reserved id', `${head}zones:\n- {id: external}\n`, ['3:8 reserved']],
    ['an id twice', `${head}zones:\n${zone}- {id: A}\n`, ['4:8 duplicate']],
    [
      'an asset nobody declared',
      `${head}zones:\n- {id: A, members: [{asset: plc}]}\n`,
      ['3:29 unknown-name'],
    ],
    [
      'a conduit to nowhere',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [B]}\n`,
      ['5:27 unknown-name'],
    ],
    [
      'a port that is none',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [A], channels: [{protocol: modbus, ports: [99999]}]}\n`,
      ['5:69 range'],
    ],
    [
      'a class that is none',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [A], channels: [{protocol: modbus, allow: [{ops: [wirte]}]}]}\n`,
      ['5:76 pattern'],
    ],
    [
      'a function code that is none',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [A], channels: [{protocol: modbus, allow: [{ops: [fc200]}]}]}\n`,
      ['5:76 function-code'],
    ],
    [
      'a range upside down',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [A], channels: [{protocol: modbus, allow: [{ranges: {holding: ["9-3"]}}]}]}\n`,
      ['5:89 range'],
    ],
    [
      'what cannot be judged yet',
      `${head}zones:\n${zone}conduits:\n- {id: C, from: [A], to: [A], channels: [{protocol: modbus, allow: [{maxRate: 2/s}]}]}\n`,
      ['5:70 not-judged'],
    ],
    [
      'an exception of a year',
      `${head}zones:\n${zone}exceptions:\n- {id: E, match: {from: A, to: A}, reason: x, owner: y, notBefore: 2026-01-01, expires: 2026-12-31}\n`,
      ['5:89 exception-span'],
    ],
    [
      'an exception without a beginning',
      `${head}zones:\n${zone}exceptions:\n- {id: E, match: {from: A, to: A}, reason: x, owner: y, expires: 2026-12-31}\n`,
      ['5:3 exception-span'],
    ],
    [
      'a deny line that is none',
      `${head}zones:\n${zone}exceptions:\n- {id: E, match: {from: A, to: A}, lifts: [D-9], reason: x, owner: y, notBefore: 2026-12-01, expires: 2026-12-31}\n`,
      ['5:44 unknown-name'],
    ],
    [
      'observing without an end',
      `${head}defaults: {interZone: observe}\nzones:\n${zone}`,
      ['2:11 observe-until'],
    ],
    [
      'a MAC that is none',
      `${head}assets:\n- {name: a, ip: 10.0.0.1, mac: zz}\nzones:\n${zone}`,
      ['3:32 address'],
    ],
    [
      'an asset twice',
      `${head}assets:\n- {name: a, ip: 10.0.0.1}\n- {name: a, ip: 10.0.0.2}\nzones:\n${zone}`,
      ['4:10 duplicate'],
    ],
  ])('%s', (_, text, expected) => {
    expect(errors(text)).toEqual(expected)
  })

  test('an overlap names both lines', () => {
    const text = `${head}zones:\n${zone}- {id: B, members: [{cidr: 10.1.0.0/24}]}\n`
    expect(errors(text)).toEqual(['4:21 overlap'])
    expect(loadPolicy(text, 'p.yaml').errors[0]?.message).toContain('line 3')
  })

  test('all of them at once, in the order of the file', () => {
    const text = `${head}nmae: 1\nzones:\n- {id: A, membres: []}\n- {id: A}\n`
    expect(errors(text)).toEqual(['2:1 unknown-key', '4:11 unknown-key', '5:8 duplicate'])
    expect(remedies(text)).toContain('Did you mean `members`?')
  })

  test('a name that is nearly right is suggested', () => {
    const text = `${head}zones:\n- {id: Z-CELL1}\nconduits:\n- {id: C, from: [Z-CELL], to: [Z-CELL1]}\n`
    expect(remedies(text)).toContain('Did you mean `Z-CELL1`?')
  })

  test('whatever the file is, errors are values', () => {
    const piece = fc.constantFrom(
      'zones:',
      '- ',
      '{',
      '}',
      '[',
      'id: A',
      'members',
      '\n',
      ' ',
      ':',
      '"',
      '10.0.0.0/8',
      'conduits:',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        loadPolicy(head + pieces.join(''), 'p.yaml')
      }),
    )
  })

  test('the example of every kind of line loads', () => {
    expect(errors(source)).toEqual([])
  })
})
