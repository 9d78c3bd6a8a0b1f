/** Words on the page are read at 3 a.m.: 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const tokens = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')
const pairs = new Map(
  [...tokens.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
)

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

const words = ['text', 'dim', 'accent', 'bad', 'warn', 'good']
const marks = ['critical', 'high', 'medium', 'low', 'informational']
const grounds = ['bg', 'surface', 'hover', 'accent-wash']

describe.each(['light', 'dark'] as const)('%s', (scheme) => {
  const of = (name: string): string => pairs.get(name)?.[scheme] ?? ''
  it.each(words.flatMap((word) => grounds.map((ground) => [word, ground] as const)))(
    '%s on %s',
    (word, ground) => expect(contrast(of(word), of(ground))).toBeGreaterThanOrEqual(4.5),
  )
  it.each(marks)('%s, as a word and as a mark', (mark) => {
    expect(contrast(of(mark), of('bg'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(of(mark), of('accent-wash'))).toBeGreaterThanOrEqual(3)
  })
  it('severity grows away from the background', () => {
    const steps = ['critical', 'high', 'medium', 'low'].map((mark) => contrast(of(mark), of('bg')))
    expect(steps).toEqual([...steps].sort((a, b) => b - a))
  })
  it('the strong button', () => {
    expect(contrast(of('on-accent'), of('accent'))).toBeGreaterThanOrEqual(4.5)
  })
})
