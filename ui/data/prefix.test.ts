import { describe, expect, it } from 'vitest'
import { Prefix } from './prefix.ts'

const plain = { ctrlKey: false, metaKey: false, altKey: false }

function heard(presses: readonly (readonly [key: string, at: number])[]): string[] {
  const prefix = new Prefix()
  return presses.map(([key, timeStamp]) => prefix.hear({ key, timeStamp, ...plain }))
}

describe('the prefix g', () => {
  it.each([
    ['a letter by itself', [['c', 0]], ['alone']],
    [
      'one place after the other, quickly',
      [
        ['g', 0],
        ['a', 80],
        ['g', 300],
        ['c', 380],
        ['c', 400],
      ],
      ['waits', 'goes', 'waits', 'goes', 'alone'],
    ],
    [
      'the letter too late',
      [
        ['g', 0],
        ['c', 1000],
      ],
      ['waits', 'alone'],
    ],
    [
      'g twice',
      [
        ['g', 0],
        ['g', 900],
        ['z', 1800],
      ],
      ['waits', 'waits', 'goes'],
    ],
    [
      'Shift on the way, Escape in between',
      [
        ['g', 0],
        ['Shift', 50],
        ['A', 60],
        ['g', 100],
        ['Escape', 200],
        ['c', 300],
      ],
      ['waits', 'alone', 'goes', 'waits', 'alone', 'alone'],
    ],
  ] as const)('%s', (_name, presses, expected) => expect(heard(presses)).toEqual(expected))

  it('leaves the browser its own keys', () => {
    const prefix = new Prefix()
    prefix.hear({ key: 'g', timeStamp: 0, ...plain })
    expect(prefix.hear({ key: 'c', timeStamp: 9, ...plain, ctrlKey: true })).toBe('alone')
    expect(prefix.hear({ key: 'c', timeStamp: 20, ...plain })).toBe('goes')
  })
})
