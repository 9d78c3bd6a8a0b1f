/** Keys and acts of the findings page, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasChromium, launch, watch } from './browser.ts'
import { startMock } from './mock.ts'
import type { Mock } from './mock.ts'
import { ago } from './health.ts'
import { plant } from './plant.ts'

let browser: Browser
let mock: Mock
let page: Page
let problems: string[]

const row = (text: string) => page.locator('.finding-row').filter({ hasText: text })
const stateOf = (text: string) => row(text).locator('.finding-state')
const cursor = () => page.locator('.finding-row.cursor .finding-sentence').textContent()

async function start(made = plant(16)): Promise<void> {
  mock = await startMock(made)
  ;({ page, problems } = await watch(browser, mock.url))
  await page.goto(`${mock.url}/findings`)
  await page.locator('.finding-row.cursor').waitFor()
  await page.getByText('What happened').waitFor()
}

async function end(): Promise<void> {
  expect(problems).toEqual([])
  await page.context().close()
  await mock.close()
}

describe.runIf(hasChromium)('keys', () => {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
  })

  it('j and k move, Enter opens, Esc comes back', async () => {
    await start()
    expect(await cursor()).toContain('wrote registers')
    await page.keyboard.press('j')
    await expect.poll(cursor).toContain('listen only')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await expect.poll(cursor).toContain('listen only')
    await page.keyboard.press('Enter')
    await page.locator('h1').filter({ hasText: 'listen only' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(cursor).toContain('listen only')
    await end()
  })

  it('e acknowledges at once, and u takes it back', async () => {
    await start()
    await page.keyboard.press('e')
    await expect.poll(() => stateOf('wrote registers').first().textContent()).toBe('acknowledged')
    await page.getByText('Acknowledged 1 finding').waitFor()
    await expect.poll(() => mock.plant.findings[0]?.state).toBe('acknowledged')
    await page.keyboard.press('u')
    await expect.poll(() => stateOf('wrote registers').first().textContent()).toBe('open')
    await expect.poll(() => mock.plant.findings[0]?.state).toBe('open')
    await end()
  })

  it('u takes back the last act when no message offers it', async () => {
    await start()
    await page.keyboard.press('e')
    await expect.poll(() => mock.plant.findings[0]?.state).toBe('acknowledged')
    await page.getByRole('button', { name: 'Dismiss' }).click()
    await page.keyboard.press('u')
    await expect.poll(() => mock.plant.findings[0]?.state).toBe('open')
    await end()
  })

  it('c and a letter close with a reason', async () => {
    await start()
    await page.keyboard.press('c')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('f')
    await expect.poll(() => mock.plant.findings[0]?.reason).toBe('false-positive')
    await expect
      .poll(() => stateOf('wrote registers').first().textContent())
      .toBe('closed: false positive')
    // The row stays where it is until the list is taken in anew.
    expect(await page.locator('.finding-row').count()).toBe(14)
    await page.getByRole('button', { name: 'hide 1 handled' }).waitFor()
    await page.keyboard.press('r')
    await expect.poll(() => page.locator('.finding-row').count()).toBe(13)
    await end()
  })

  it('x selects several, and one key acts on all of them', async () => {
    await start()
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByRole('button', { name: '2 selected' }).waitFor()
    await page.keyboard.press('e')
    const states = () => mock.plant.findings.slice(0, 2).map((finding) => finding.state)
    await expect.poll(states).toEqual(['acknowledged', 'acknowledged'])
    await page.keyboard.press('Escape')
    expect(await page.locator('.finding-row input:checked').count()).toBe(0)
    await end()
  })

  it('a selection ends with its view', async () => {
    await start()
    await page.keyboard.press('x')
    await page.getByRole('button', { name: '1 selected' }).waitFor()
    await page.getByRole('button', { name: /^All alarms/ }).click()
    await page.getByRole('button', { name: '1 selected' }).waitFor({ state: 'hidden' })
    await end()
  })

  it('acts on a selection where there is one pane only', async () => {
    await start()
    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator('.finding-check').nth(1).click()
    await page.locator('.finding-check').nth(2).click()
    await page.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    const states = () => mock.plant.findings.slice(0, 3).map((finding) => finding.state)
    await expect.poll(states).toEqual(['open', 'acknowledged', 'acknowledged'])
    await row('listen only').first().locator('.finding-sentence').click()
    await page.locator('h1').filter({ hasText: 'listen only' }).waitFor()
    await end()
  })

  it('n writes a note, in which letters are letters', async () => {
    await start()
    await page.keyboard.press('n')
    await page.keyboard.type('jxe: asked the shift lead')
    await page.keyboard.press('Control+Enter')
    await expect
      .poll(() => mock.plant.findings[0]?.history.at(-1)?.note)
      .toBe('jxe: asked the shift lead')
    expect(mock.plant.findings[0]?.state).toBe('open')
    await end()
  })

  it('p asks before what is high becomes usual; Esc leaves, Enter approves', async () => {
    await start()
    await page.keyboard.press('p')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('eng-ws-2 writes holding:40-43').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(mock.plant.findings[0]?.history).toEqual([])
    await page.keyboard.press('p')
    await dialog.waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => mock.plant.findings[0]?.history.at(-1)?.action).toBe('approve')
    await end()
  })

  it('p asks nothing of what is low', async () => {
    const made = plant(16)
    const [first] = made.findings
    if (first === undefined) throw new Error('the plant has no finding')
    first.severity = 'medium'
    await start(made)
    await page.keyboard.press('p')
    await expect.poll(() => first.history.at(-1)?.action).toBe('approve')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await end()
  })

  it('p says so where there is nothing to approve', async () => {
    await start()
    await page.keyboard.press('j')
    await page.locator('.finding-head').filter({ hasText: 'listen only' }).waitFor()
    await page.getByText('What happened').waitFor()
    await page.keyboard.press('p')
    await page.getByText('there is nothing to approve').waitFor()
    expect(mock.plant.findings[1]?.history).toEqual([])
    await end()
  })

  it('/ filters, ? helps, g goes, and g c closes nothing', async () => {
    await start()
    await page.keyboard.press('/')
    await page.keyboard.type('subscribed')
    await expect.poll(() => page.locator('.finding-row').count()).toBe(2)
    expect(page.url()).toContain('q=subscribed')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Conversations' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.locator('.finding-row').first().waitFor()
    await end()
  })

  it('g goes again at once, as often as it is pressed', async () => {
    await start()
    const places = { a: 'Assets', c: 'Conversations', z: 'Zones', f: 'Findings' }
    for (const [letter, name] of Object.entries(places)) {
      await page.keyboard.press('g')
      await page.keyboard.press(letter)
      await page.waitForURL(`**/${name.toLowerCase()}**`, { timeout: 2000 })
    }
    await end()
  })

  it('new findings wait in a pill until r takes them in', async () => {
    await start()
    const [first] = plant(1).findings
    if (first === undefined) throw new Error('the plant has no finding')
    const fresh = { ...first, id: 'new', summary: 'something new happened', last: ago(-60) }
    mock.plant.findings.push(fresh)
    mock.tell('findings')
    await page.getByRole('button', { name: '1 new' }).waitFor()
    expect(await row('something new').count()).toBe(0)
    expect(await cursor()).toContain('wrote registers')
    await page.keyboard.press('r')
    await row('something new').waitFor()
    expect(await cursor()).toContain('wrote registers')
    await end()
  })

  it('puts back what was refused, and says why', async () => {
    await start()
    await page.route('**/actions', (route) =>
      route.fulfill({
        status: 409,
        json: { code: 'IS_CLOSED', message: 'the finding is closed.', remedy: 'Reopen it first.' },
      }),
    )
    await page
      .getByRole('button', { name: /^Acknowledge/, disabled: false })
      .first()
      .waitFor()
    await page.keyboard.press('e')
    await page.getByText('Not done: the finding is closed. Reopen it first.').waitFor()
    await expect.poll(() => stateOf('wrote registers').first().textContent()).toBe('open')
    await end()
  })

  it('a name can be typed in, and taken back', async () => {
    await start()
    await page.goto(`${mock.url}/assets/asset-7`)
    await page.getByRole('button', { name: 'Type a name' }).click()
    await page.keyboard.type('Laptop of the integrator')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Laptop of the integrator' }).waitFor()
    expect(mock.plant.assets[7]?.name).toBe('Laptop of the integrator')
    await page.keyboard.press('u')
    await expect.poll(() => mock.plant.assets[7]?.name).toBe('')
    await end()
  })
})
