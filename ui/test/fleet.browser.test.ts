/** Several sensors, a cluster that is away, and who acts, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasChromium, launch, watch } from './browser.ts'
import { fleetPlant } from './fleet.ts'
import { startMock } from './mock.ts'
import type { Mock } from './mock.ts'
import { plant } from './plant.ts'
import type { Plant } from './plant.ts'

let browser: Browser
const mocks: Mock[] = []

async function open(made: Plant, path: string): Promise<{ page: Page; mock: Mock }> {
  const mock = await startMock(made)
  mocks.push(mock)
  const { page } = await watch(browser, mock.url)
  await page.goto(mock.url + path)
  return { page, mock }
}

const sees = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByText(text).first().waitFor({ state: 'visible', timeout: 10_000 })

describe.runIf(hasChromium)('the console of several sensors', () => {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    for (const mock of mocks) await mock.close()
  })

  it('narrows every page to a site or a sensor, and keeps that in the address', async () => {
    const { page } = await open(fleetPlant(plant(40)), '/findings?view=all&range=all')
    const choice = page.getByLabel('Site and sensor')
    await choice.waitFor()
    await page.locator('.finding-row').first().waitFor()
    const sensors = (): Promise<string[]> => page.locator('.finding-row .chip.mono').allInnerTexts()
    expect(await page.locator('.finding-side .chip').count()).toBeGreaterThan(0)
    await choice.selectOption({ label: 'Werk Süd' })
    await expect.poll(() => page.url()).toContain('site=Werk')
    // One sensor is left: it need not be said in each row.
    await expect.poll(() => page.locator('.finding-side .chip').count()).toBe(0)
    expect(await sensors()).toEqual([])
    await page.locator('.rail a[href^="/operations"]').click()
    await sees(page, /\d+ operations?$/)
    expect(page.url()).toContain('site=Werk')
    await page.goBack()
    await page.goBack()
    await expect.poll(() => page.url()).not.toContain('site=')
    await page.context().close()
  })

  it('shows a matrix of one site at a time', async () => {
    const { page } = await open(fleetPlant(plant()), '/zones')
    await sees(page, 'Which site?')
    await page.getByRole('button', { name: 'Bottling 2' }).click()
    await sees(page, 'Rows initiate, columns answer')
    await page.context().close()
  })

  it('lists all sensors, with what each has not delivered', async () => {
    const { page } = await open(fleetPlant(plant()), '/sensor')
    const table = page.getByRole('region', { name: 'All sensors' })
    await table.waitFor()
    expect(await table.locator('tbody tr').count()).toBe(3)
    expect(await table.innerText()).toContain('1204 documents waiting')
    expect(await table.innerText()).toContain('The sensor has not reported for 48 s')
    await table.getByRole('link', { name: 'tap-2' }).click()
    await expect.poll(() => page.url()).toContain('sensor=tap-2')
    await page.context().close()
  })

  it('tells of delivery, sends again, and asks before it gives up', async () => {
    const { page, mock } = await open(fleetPlant(plant()), '/sensor')
    await sees(page, 'The cluster cannot be reached. Nothing is lost')
    await sees(page, 'failed to parse field [source.ip]')
    await page.getByRole('button', { name: 'Replay' }).first().click()
    await sees(page, 'Sent again: 1 document')
    await expect.poll(() => mock.plant.letters?.length).toBe(1)
    await page.getByRole('button', { name: 'Discard' }).click()
    await sees(page, 'Discard this document?')
    expect(mock.plant.letters).toHaveLength(1)
    await page.keyboard.press('Enter')
    await sees(page, 'Discarded: 1 document')
    await expect.poll(() => mock.plant.letters?.length).toBe(0)
    await page.context().close()
  })

  it('says that the cluster is away', async () => {
    const made = fleetPlant(plant())
    made.health.fallback = 'connection refused'
    const { page } = await open(made, '/findings')
    await sees(page, 'this page shows this machine’s own store')
    await page.context().close()
  })

  it('asks once who acts, and signs with it from then on', async () => {
    const { page, mock } = await open(plant(), '/findings')
    await page.locator('.finding-row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await sees(page, 'Who are you?')
    const acts = (): string[] =>
      mock.plant.findings.flatMap(({ history }) => history.map(({ who }) => who))
    await expect.poll(acts).toEqual(['local'])
    // It stands in nobody's way.
    await page.keyboard.press('u')
    await expect.poll(acts).toEqual(['local', 'local'])
    await page.getByLabel('Your name').fill(' Ana\u202e Müller ')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.reload()
    await page.locator('.finding-row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await expect.poll(acts).toEqual(['local', 'local', 'Ana Müller'])
    expect(await page.getByText('That was recorded as done by').count()).toBe(0)
    await page.context().close()
  })
})

it.runIf(hasChromium)('with one sensor nothing of it is there', async () => {
  const other = await launch()
  const mock = await startMock(plant())
  const { page } = await watch(other, mock.url)
  await page.goto(`${mock.url}/sensor`)
  await sees(page, 'The sensor reports no trouble.')
  expect(await page.getByLabel('Site and sensor').count()).toBe(0)
  expect(await page.getByText('All sensors').count()).toBe(0)
  expect(await page.getByText('Delivery to the cluster').count()).toBe(0)
  await other.close()
  await mock.close()
})
