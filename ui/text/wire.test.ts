import { assert, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { breakable, holdsHidden, wireCopy, wirePlain, wireText } from './wire.ts'

describe('wire text', () => {
  const rows: [string, string, string][] = [
    ['plain', 'holding:40-43', 'holding:40-43'],
    ['a letter that is not ASCII', 'Füllstand', 'Füllstand'],
    ['line break', 'a\nb', 'a⟨\\n⟩b'],
    ['escape sequence', '\u001b[31m', '⟨\\x1b⟩[31m'],
    ['NUL and DEL', '\0\u007f', '⟨\\0⟩⟨\\x7f⟩'],
    ['right-to-left override', 'a\u202Efdp.exe', 'a⟨U+202E⟩fdp.exe'],
    ['isolates', '\u2066x\u2069', '⟨U+2066⟩x⟨U+2069⟩'],
    ['zero width', 'PLC\u200B-1\uFEFF', 'PLC⟨U+200B⟩-1⟨U+FEFF⟩'],
    ['soft hyphen', 'a\u00ADb', 'a⟨\\xad⟩b'],
    ['tag characters', 'a\u{E0041}', 'a⟨U+E0041⟩'],
    ['lone surrogate', 'a\uD800', 'a⟨U+D800⟩'],
    ['no-break and line separator', '\u00A0\u2028', '⟨\\xa0⟩⟨U+2028⟩'],
    ['blank letters', '\u3164\u2800', '⟨U+3164⟩⟨U+2800⟩'],
    ['spaces at the edge', ' a b ', '⟨␠⟩a b⟨␠⟩'],
    ['piled marks', 'e\u0301\u0302\u0303', 'e\u0301\u0302⟨U+0303⟩'],
    ['markup stays text', '<img src=x>', '<img src=x>'],
    ['nothing', '', ''],
  ]
  it.each(rows)('%s', (_name, text, shown) => {
    expect(wirePlain(text)).toBe(shown)
  })

  it('cuts at the stated length and says what is left', () => {
    expect(wireText('abcdef', 4)).toEqual({ parts: [{ text: 'abcd', mark: false }], rest: 2 })
    expect(wirePlain('abcdef', 4)).toBe('abcd…')
  })

  it('never shows what does not show by itself', () => {
    const bare = /[\p{C}\u2028\u2029\u00a0]/u
    assert(property(string({ unit: 'binary' }), (text) => !bare.test(wirePlain(text, 1000))))
  })
})

describe('copy', () => {
  it('copies plain text as it is', () => {
    expect(wireCopy('Line "1"')).toBe('Line "1"')
  })
  it('copies hidden characters so that nothing acts and nothing is lost', () => {
    expect(wireCopy('rm -rf\n')).toBe('"rm -rf\\n"')
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const copy = wireCopy(text)
        return holdsHidden(text)
          ? /^[\x20-\x7e]*$/.test(copy) && JSON.parse(copy) === text
          : copy === text
      }),
    )
  })
})

describe('a long word', () => {
  it.each([
    ['10.105.30.174', ['10.105.30.174']],
    ['sparkplug.message_type', ['sparkplug.', 'message_', 'type']],
    ['wrote spBv1.0/plant/DDATA/edge-1 on', ['wrote spBv1.0/', 'plant/', 'DDATA/', 'edge-1 on']],
    ['two short words and 10.105.30.174', ['two short words and 10.105.30.174']],
    ['opc.tcp://10.21.0.11', ['opc.', 'tcp://', '10.21.0.11']],
    ['x'.repeat(40), ['x'.repeat(40)]],
    ['', ['']],
  ])('%s breaks after its signs only', (text, pieces) => {
    expect(breakable(text)).toEqual(pieces)
    expect(breakable(text).join('')).toBe(text)
  })
})
