/**
 * Twenty hostile strings in every field of the wire: no dialog, no breach of the policy, no
 * request, and not one element more than harmless text of the same length makes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from 'playwright-core'
import { hasChromium, launch, watch } from './browser.ts'
import { hostilePlant, hostileStrings, planted } from './hostile.ts'
import { startMock } from './mock.ts'
import { plant } from './plant.ts'
import type { Plant } from './plant.ts'

const paths = [
  '/findings',
  '/findings/f0',
  '/assets',
  '/assets/asset-0',
  '/conversations?sel=c0',
  '/zones?from_zone=cell-1&to_zone=supervision',
  '/zones?show=map',
  '/operations?sel=o0',
  '/reports',
  '/rules?sel=fieldtap.mb-06',
  '/sensor',
]

/** The same lengths, each of a letter of its own: nothing to show or to run. */
const harmlessPlant = (made: Plant): Plant =>
  planted(made, (index) => {
    const at = index % hostileStrings.length
    return String.fromCharCode(97 + at).repeat(hostileStrings[at]?.length ?? 0)
  })

/** Elements of the page by name, without what the one component makes inside itself. */
function census(): Record<string, number> {
  const seen: Record<string, number> = {}
  for (const element of document.querySelectorAll('#console *')) {
    if (element.closest('.wire *') !== null && !element.matches('.wire')) continue
    if (element.closest('canvas, .uplot') !== null || element.matches('.spark *')) continue
    const name = element.tagName
    if (name === 'STRONG' || name === 'BDI') continue
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

describe.runIf(hasChromium)('hostile strings', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
  })

  async function look(made: Plant) {
    const mock = await startMock(made)
    const watched = await watch(browser, mock.url)
    const elements: Record<string, number>[] = []
    const shown: string[] = []
    for (const path of paths) {
      await watched.page.goto(mock.url + path)
      await watched.page.locator('main h1, main .finding-row').first().waitFor()
      await watched.page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined)
      await watched.page.waitForTimeout(300)
      elements.push(await watched.page.evaluate(census))
      shown.push(await watched.page.locator('body').innerText())
    }
    const pwned: unknown = await watched.page.evaluate('window.pwned')
    await watched.page.context().close()
    await mock.close()
    return { ...watched, elements, shown, pwned }
  }

  it('are shown, and do nothing', async () => {
    expect(hostileStrings).toHaveLength(20)
    const hostile = await look(hostilePlant(plant(40)))
    expect(hostile.dialogs).toEqual([])
    expect(hostile.problems).toEqual([])
    expect(hostile.foreign).toEqual([])
    expect(hostile.pwned).toBeUndefined()
    const all = hostile.shown.join('\n')
    expect(all).toContain('<script>window.pwned=1</script>')
    expect(all).toContain('U+202E')
    expect(
      all
        .replaceAll(/[\t\n]/g, '')
        .match(/[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu),
    ).toBe(null)
    const harmless = await look(harmlessPlant(plant(40)))
    for (const [at, elements] of hostile.elements.entries()) {
      expect({ path: paths[at], elements }).toEqual({
        path: paths[at],
        elements: harmless.elements[at],
      })
    }
  })
})
