/** The console in a real browser, over a made-up plant: `vitest run --project browser ui`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasChromium, launch, watch } from './browser.ts'
import type { View, Watched } from './browser.ts'
import { startMock } from './mock.ts'
import type { Mock } from './mock.ts'
import { emptyPlant, plant } from './plant.ts'
import type { Plant } from './plant.ts'

const FIRST_PAGE_BYTES_MAX = 230 * 1024

const pages: [path: string, withData: string, withNothing: string][] = [
  ['/findings', 'wrote registers', 'No open findings in the last 24 hours.'],
  ['/assets', 'Schneider Electric', 'No asset was seen yet.'],
  ['/conversations', 'eng-ws-2', 'Nobody has talked yet.'],
  ['/zones', 'Rows initiate, columns answer', 'No zone is known yet.'],
  ['/operations', 'Write Multiple Registers', 'No operation in the last 24 hours.'],
  ['/reports', 'Zones and conduits', 'No policy is declared'],
  ['/rules', 'First write by a client', 'No rule is loaded.'],
  ['/sensor', 'The sensor reports no trouble.', 'Nothing happened'],
]

let browser: Browser
const mocks: Mock[] = []

async function open(made: Plant, path: string, view?: View): Promise<Watched & { mock: Mock }> {
  const mock = await startMock(made)
  mocks.push(mock)
  const watched = await watch(browser, mock.url, view)
  await watched.page.goto(mock.url + path)
  return { ...watched, mock }
}

const sees = (page: Page, text: string): Promise<void> =>
  page.getByText(text).first().waitFor({ state: 'visible', timeout: 10_000 })

const cursor = (page: Page): Promise<string | null> =>
  page.locator('.finding-row.cursor .finding-sentence').textContent()

describe.runIf(hasChromium)('the console', () => {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    for (const mock of mocks) await mock.close()
  })

  it.each(pages)('%s shows data, and breaks no policy', async (path, text) => {
    const { page, problems, foreign } = await open(plant(), path)
    await sees(page, text)
    await sees(page, 'This is the demonstration: a recorded plant, replayed.')
    expect(problems).toEqual([])
    expect(foreign).toEqual([])
    await page.context().close()
  })

  it.each(pages)('%s says that there is nothing', async (path, _text, nothing) => {
    const made = emptyPlant()
    made.health.events = []
    const { page, problems } = await open(made, path)
    await sees(page, nothing)
    expect(problems).toEqual([])
    await page.context().close()
  })

  it.each(pages)('%s says that Fieldtap is gone, and comes back', async (path, text) => {
    const { page, mock } = await open(plant(), '/rules')
    await sees(page, 'First write by a client')
    mock.alive = false
    const link = `a[href^="${path}"]`
    if (path === '/rules' || path === '/reports') return page.context().close()
    await page.locator(`.rail ${link}`).click()
    // The sensor's page shows what is known; the banner says that it is old.
    const known = path === '/sensor'
    if (!known) await sees(page, 'Fieldtap does not answer.')
    mock.alive = true
    if (!known) await page.getByRole('button', { name: 'Try again' }).click()
    await sees(page, text)
    return page.context().close()
  })

  it('says what is old when the connection is lost', async () => {
    const { page, mock } = await open(plant(), '/findings')
    await sees(page, 'wrote registers')
    mock.alive = false
    mock.cut()
    await sees(page, 'What is shown is as of')
    expect(await page.locator('.pill').getAttribute('class')).toContain('pill-red')
    mock.alive = true
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByText('What is shown is as of').waitFor({ state: 'hidden' })
    await page.context().close()
  })

  it('sends little for the first page', async () => {
    const { page, mock } = await open(plant(), '/findings')
    await sees(page, 'wrote registers')
    // The other pages are read ahead when this one is there: they count, too.
    await page.waitForTimeout(3000)
    const sent = [...mock.sent.values()].reduce((sum, bytes) => sum + bytes, 0)
    expect([...mock.sent.keys()].filter((path) => path.includes('sensor'))).toHaveLength(1)
    expect([...mock.sent.keys()].filter((path) => /\/(plot|zone-map)-/.test(path))).toEqual([])
    expect(sent).toBeLessThanOrEqual(FIRST_PAGE_BYTES_MAX)
    await page.context().close()
  })

  it('keeps posture out of the inbox', async () => {
    const { page } = await open(plant(), '/findings')
    await sees(page, '7 findings')
    expect(await page.getByText('offers security mode None').count()).toBe(0)
    await page.getByRole('button', { name: 'Posture' }).click()
    await sees(page, 'offers security mode None')
    expect(page.url()).toContain('view=posture')
    await page.context().close()
  })

  it('opens the view that a link names, and goes back', async () => {
    const { page, mock } = await open(plant(40), '/findings?severity=high&sort=-count&sel=f2')
    await page.locator('.finding-row.cursor').waitFor()
    expect(await cursor(page)).toContain('called method')
    expect(await page.locator('.finding-row .severity-medium').count()).toBe(0)
    await page.keyboard.press('Enter')
    await page.locator('h1').filter({ hasText: 'called method' }).waitFor()
    await page.keyboard.press('Escape')
    await page.locator('.finding-row.cursor').waitFor()
    expect(page.url()).toBe(`${mock.url}/findings?severity=high&sort=-count&sel=f2`)
    await page.context().close()
  })

  it('shows the detail in its order, with its packets', async () => {
    const { page } = await open(plant(), '/findings/f0')
    await sees(page, 'What happened')
    expect(await page.locator('.blocks h3').allTextContents()).toEqual([
      'What happened',
      'Why it was raised',
      'What to check first',
      'Operations',
      'Packets',
      'History',
    ])
    const download = page.getByRole('link', { name: 'Download as pcapng' })
    expect(await download.getAttribute('href')).toBe('/api/findings/f0/packets')
    await page.context().close()
  })

  it('lists ten thousand with few rows in the page', async () => {
    const { page } = await open(plant(10_000), '/findings')
    await sees(page, '8750 findings')
    expect(await page.locator('.finding-row').count()).toBeLessThan(60)
    for (let press = 0; press < 30; press++) await page.keyboard.press('j')
    await expect.poll(() => cursor(page)).not.toBeNull()
    await page.locator('.finding-rows').evaluate((box) => box.scrollTo(0, 1e9))
    await page.locator('[aria-rowindex="200"]').waitFor()
    await page.context().close()
  })
})
