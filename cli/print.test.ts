import { describe, expect, test } from 'vitest'
import {
  numberText,
  severityText,
  shownLines,
  styleOf,
  table,
  timeText,
  wireText,
} from './print.ts'

const plain = { colour: false, timezone: 'Europe/Vienna' }

describe('text for a terminal', () => {
  test.each([
    ['a\u001b[31mred', 'a\\u{1b}[31mred'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['line\nbreak', 'line\\u{a}break'],
    ['Überdruck 温度', 'Überdruck 温度'],
  ])('shows what hides: %j', (text, shown) => {
    expect(wireText(text)).toBe(shown)
  })

  test('keeps the lines of an error, whole', () => {
    const text = `${'x'.repeat(500)}\u001b[2J\n  remedy`
    expect(shownLines(text)).toBe(`${'x'.repeat(500)}\\u{1b}[2J\n  remedy`)
  })

  test('cuts at a stated length', () => {
    expect(wireText('x'.repeat(500))).toBe(`${'x'.repeat(120)}…`)
  })

  test('times name their zone', () => {
    expect(timeText('2026-01-02T03:04:05.678901Z', plain)).toBe('2026-01-02 04:04:05.678 CET')
    expect(timeText('no time', plain)).toBe('no time')
  })

  test('numbers above 9 999 have thin spaces', () => {
    expect([9999, 10000, 1234567].map(numberText)).toEqual([
      '9999',
      '10\u2009000',
      '1\u2009234\u2009567',
    ])
  })

  test('NO_COLOR switches colour off on a terminal', () => {
    const before = process.env['NO_COLOR']
    process.env['NO_COLOR'] = '1'
    expect(styleOf({ isTTY: true }, 'UTC').colour).toBe(false)
    process.env['NO_COLOR'] = ''
    expect(styleOf({ isTTY: true }, 'UTC').colour).toBe(true)
    if (before === undefined) delete process.env['NO_COLOR']
    else process.env['NO_COLOR'] = before
    expect(severityText('high', plain)).toBe('HIGH')
    expect(severityText('high', { ...plain, colour: true })).toContain('\u001b[')
  })

  test('columns line up and end without blanks', () => {
    expect(
      table([
        ['A', 'BB'],
        ['long', 'x '],
      ]),
    ).toBe('A     BB\nlong  x\n')
  })
})
