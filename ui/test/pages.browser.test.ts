/** What the pages beside the inbox open, say and fit, in a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { hasChromium, launch, watch } from './browser.ts'
import type { View } from './browser.ts'
import { startMock } from './mock.ts'
import type { Mock } from './mock.ts'
import { plant } from './plant.ts'

let browser: Browser
let mock: Mock
let page: Page
let problems: string[]

async function open(path: string, made = plant(16), view: View = {}): Promise<void> {
  mock = await startMock(made)
  ;({ page, problems } = await watch(browser, mock.url, view))
  await page.goto(mock.url + path)
}

async function end(): Promise<void> {
  expect(problems).toEqual([])
  await page.context().close()
  await mock.close()
}

const sees = (text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor()

describe.runIf(hasChromium)('pages', () => {
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
  })

  it.each([
    ['/conversations', 'The conversation', 'Operations between the two'],
    ['/operations', 'The operation', 'Conversations between the two'],
  ])('a row of %s opens beside it, by pointer and by key', async (path, label, further) => {
    await open(path)
    const aside = page.getByRole('complementary', { name: label })
    await page.locator('.table tbody tr.pressable td').nth(3).click()
    await aside.getByText(further).waitFor()
    expect(page.url()).toContain('sel=')
    expect(await aside.getByRole('link', { name: 'Asset' }).count()).toBe(2)
    await page.keyboard.press('Escape')
    await aside.waitFor({ state: 'hidden' })
    await page.locator('.table tbody tr.pressable').nth(1).press('Enter')
    await aside.waitFor()
    await end()
  })

  it('Back closes the cell that was opened, and stays on Zones', async () => {
    await open('/rules')
    await page.locator('.rail a[href^="/zones"]').click()
    await page.locator('button.cell').nth(1).click()
    await page.getByRole('complementary', { name: 'Behind the cell' }).waitFor()
    await page.locator('button.cell').nth(2).click()
    await page.waitForURL('**to_zone=supervision**')
    await page.goBack()
    await page.getByRole('complementary').waitFor({ state: 'hidden' })
    expect(page.url()).toBe(`${mock.url}/zones`)
    await end()
  })

  it('nothing can be done with a finding that is not there', async () => {
    await open('/findings/gone')
    await sees('There is no such thing. Look again.')
    const acknowledge = page.getByRole('button', { name: 'Acknowledge' })
    expect(await acknowledge.getAttribute('aria-disabled')).toBe('true')
    await page.keyboard.press('c')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await end()
  })

  it('the tabs say how many each view holds', async () => {
    await open('/findings')
    const tabs = page.getByRole('group', { name: 'View' })
    await tabs.getByRole('button', { name: 'Open 14', exact: true }).waitFor()
    await tabs.getByRole('button', { name: 'All alarms 14', exact: true }).waitFor()
    await tabs.getByRole('button', { name: 'Posture 2', exact: true }).waitFor()
    await page.keyboard.press('e')
    await tabs.getByRole('button', { name: 'Open 13', exact: true }).waitFor()
    await tabs.getByRole('button', { name: 'Acknowledged 1', exact: true }).waitFor()
    await end()
  })

  it('names packets as they are pasted, and says that not all are kept', async () => {
    const made = plant()
    const [first] = made.findings
    if (first !== undefined) Object.assign(first, { count: 235, evidence: [{ packet: 1_204_118 }] })
    await open('/findings/f0', made)
    await sees('1204118')
    await sees('Kept are the first 1 packet of 235 repeats.')
    await end()
  })

  it('says what is replayed', async () => {
    const made = plant()
    Object.assign(made.health, { mode: 'file', source: '/captures/monday.pcapng' })
    await open('/reports', made)
    await sees('This is a replay of monday.pcapng, not a live plant.')
    await end()
  })

  it('tells whether all is accounted for, and unfolds to what it is made of', async () => {
    const made = plant()
    const bytes = made.health.accounting.find(({ identity }) => identity === 'I3')
    Object.assign(bytes ?? {}, { residue: 10 })
    await open('/sensor', made)
    await sees('A file has no counters of an interface.')
    await sees('10 not accounted for')
    const packets = page.locator('.account', { hasText: 'Every packet that was read' })
    expect(await packets.getByText('0x88cc').isVisible()).toBe(false)
    await packets.locator('summary').click()
    expect(await packets.getByText('0x88cc').isVisible()).toBe(true)
    await end()
  })

  it('says what each counter means, by stage, and folds away what is at zero', async () => {
    await open('/sensor')
    const stage = (title: string) => page.locator('.counter-stage', { hasText: title })
    await stage('Conversations and streams').waitFor()
    const titles = await page.locator('.counter-stage h3').allTextContents()
    expect(titles).toEqual(['Capture', 'Packets', 'Conversations and streams', 'Protocols'])
    expect(await stage('Packets').getByText('Read.').first().isVisible()).toBe(true)
    const late = page.getByText('Repeat the end of a conversation.')
    expect(await late.isVisible()).toBe(false)
    await stage('Conversations and streams').locator('summary').click()
    expect(await late.isVisible()).toBe(true)
    await sees('123 MB')
    await sees('1 counter, at zero')
    expect(await page.locator('body').textContent()).not.toMatch(/packetsLate|carryRefused/)
    await end()
  })

  it('a finding about the sensor itself names no host as unknown', async () => {
    const made = plant()
    const nobody = { ip: '', mac: '', name: '', zone: '' }
    for (const row of made.findings) Object.assign(row, { source: nobody, target: nobody })
    await open('/findings', made)
    await sees('the sensor itself')
    expect(await page.locator('body').textContent()).not.toContain('unknown')
    await end()
  })

  it('a recording that is over is not live, and sends nothing', async () => {
    const made = plant()
    Object.assign(made.health, { mode: 'file', state: 'finished', transmitted: null })
    await open('/sensor', made)
    await sees('a file sends nothing')
    await sees(', recorded')
    expect(await page.getByRole('button', { name: 'Live' }).count()).toBe(0)
    await sees('Ended')
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    await expect.poll(() => page.url()).toContain('/operations')
    await end()
  })

  it('a page that is none leads to one that is', async () => {
    await open('/nothing')
    await page.getByRole('link', { name: 'Go to the findings' }).click()
    await expect.poll(() => page.url()).toContain('/findings')
    await end()
  })

  it('draws every packet that was looked at', async () => {
    await open('/sensor')
    await sees('Packets per minute, last hour of the capture: 72 000 in all, at most 1200')
    await end()
  })

  it('tells of each mirror port what it hears, and since when it does not', async () => {
    const made = plant()
    const port = { way: 'ring', received: 9, lost_by_interface: null, freezes: 0, transmitted: 0 }
    const rest = { counters: {}, limits: [], away: '', away_since: '', gaps: 2, silent_ms: 0 }
    const rows = ['span0', 'span1', 'span2'].map((name) => {
      return { ...port, ...rest, name, packets: 12_345, lost: name === 'span1' ? 7 : null }
    })
    Object.assign(rows[1] ?? {}, { away: 'no carrier', away_since: '2026-11-21T03:10:00Z' })
    Object.assign(rows[2] ?? {}, { silent_ms: 71_500 })
    Object.assign(made.health, { mode: 'live', interfaces: rows })
    await open('/sensor', made)
    const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })
    await expect.poll(() => row('span0').textContent()).toContain('listening')
    expect(await row('span1').textContent()).toMatch(/hears nothing since .*: no carrier.*7/)
    expect(await row('span2').textContent()).toContain('no packet for 71 s')
    await end()
  })

  it('a rule that counts says so', async () => {
    const made = plant()
    if (made.rules[0] !== undefined) made.rules[0].logsource = {}
    await open('/rules', made)
    await sees('counts other rules’ matches')
    await end()
  })

  it('typing a name replaces the old one', async () => {
    await open('/assets/asset-0')
    await page.getByRole('button', { name: 'Type a name' }).click()
    await page.keyboard.type('Filler')
    await page.keyboard.press('Enter')
    await expect.poll(() => mock.plant.assets[0]?.name).toBe('Filler')
    await end()
  })

  it('a narrow page shows every page in its bar, and the verdict of a conversation', async () => {
    await open('/conversations', plant(16), { width: 390, height: 844 })
    await page.locator('.table .verdict').first().waitFor()
    const right = (selector: string): Promise<number[]> =>
      page
        .locator(selector)
        .evaluateAll((all) => all.map((item) => item.getBoundingClientRect().right))
    const links = await right('.rail-link')
    expect(links).toHaveLength(8)
    expect(Math.max(...links, ...(await right('.table .verdict')))).toBeLessThanOrEqual(390)
    await end()
  })
})
