/**
 * What the demonstration shows in a real browser, whatever store is behind the console: every
 * labelled misuse is shown as a finding with its rule, source, target and packets, and nothing else
 * is high.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

/** Another recording, under another seed: the same holds for it. */
export const plant = process.env['FIELDTAP_PLANT'] ?? bundled('pcaps/plant')
const SLACK_MS = 1500
const FIRST_PAGE_BYTES_MAX = 230 * 1024

interface Label {
  name: string
  start: string
  end: string
  source: { ip: string }
  target: { ip: string }
  expected: string[]
}
interface Row {
  id: string
  rule: { title: string; tags: string[] }
  severity: string
  summary: string
  first: string
  source: { ip: string }
  evidence: { packet: number }[]
}

const { misuse } = JSON.parse(readFileSync(join(plant, 'labels.json'), 'utf8')) as {
  misuse: Label[]
}

/** Something that shows the whole day by the time it is here. */
export interface Shown {
  url: string
  isDemo: boolean
  /** Put behind the path of a page that shows one site: empty where there is one. */
  query: string
  stop: () => Promise<void>
}

const within = (label: Label, row: Row): boolean => {
  const at = Date.parse(row.first)
  const after = at >= Date.parse(label.start) - SLACK_MS
  return after && at <= Date.parse(label.end) + SLACK_MS && row.source.ip === label.source.ip
}

/** What the cases share: filled before the first of them. */
class Stage {
  shown: Shown | undefined
  #browser: Browser | undefined
  #page: Page | undefined
  readonly foreign: string[] = []
  readonly problems: string[] = []

  get url(): string {
    return this.shown?.url ?? ''
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error('the browser has not started')
    return this.#page
  }

  async begin(start: () => Promise<Shown>): Promise<void> {
    this.shown = await start()
    this.#browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    })
    const page = await this.#browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.on('request', (request) => {
      if (!request.url().startsWith(`${this.url}/`)) this.foreign.push(request.url())
    })
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text())
    })
    page.on('pageerror', (error) => this.problems.push(error.message))
    this.#page = page
  }

  async end(): Promise<void> {
    await this.#browser?.close()
    await this.shown?.stop()
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.url + path)).json()) as T
  }

  /** Text as it stands on the page: names in place of addresses are looked up behind them. */
  async text(): Promise<string> {
    const text = await this.page.locator('body').innerText()
    return text.replaceAll(/(?<=\d)[\u2009\u202f](?=\d)/g, '')
  }

  /** The list of findings is there. */
  async listed(): Promise<void> {
    await this.page
      .getByText(/listen only/)
      .first()
      .waitFor()
  }
}

export function demoCases(name: string, start: () => Promise<Shown>): void {
  describe(name, () => {
    const stage = new Stage()
    beforeAll(() => stage.begin(start))
    afterAll(() => stage.end())
    firstPage(stage)
    findings(stage)
    pages(stage)

    test('nothing was refused by the policy of the page, and nothing left the machine', () => {
      expect(stage.problems).toEqual([])
      expect(stage.foreign).toEqual([])
    })
  })
}

function firstPage(stage: Stage): void {
  test('the first page says what it is, and stays small and at home', async () => {
    const { page, url } = stage
    let bytes = 0
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    session.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength
    })
    await page.goto(`${url}/`, { waitUntil: 'load' })
    if (stage.shown?.isDemo) await page.getByText('This is the demonstration').first().waitFor()
    await stage.listed()
    expect(bytes).toBeGreaterThan(20_000)
    expect(bytes).toBeLessThanOrEqual(FIRST_PAGE_BYTES_MAX)
  })
}

function findings(stage: Stage): void {
  const labels = misuse.map((label) => [label.name, label] as const)
  test.each(labels)('shows %s', async (_name, label) => {
    const { page, url } = stage
    const { rows } = await stage.get<{ rows: Row[] }>('/api/findings?limit=1000')
    const row = rows.find((one) => {
      return one.rule.tags.includes(`fieldtap.${label.expected[0]}`) && within(label, one)
    })
    expect(row, label.name).toBeDefined()
    if (row === undefined) return
    await page.goto(`${url}/findings/${row.id}`)
    await page.getByText(row.rule.title).first().waitFor()
    const text = await stage.text()
    expect(text).toContain(label.source.ip)
    expect(text).toContain(label.target.ip)
    const detail = await stage.get<Row>(`/api/findings/${row.id}`)
    const packet = detail.evidence[0]?.packet
    expect(text).toMatch(new RegExp(`\\b${packet}\\b`))
    const link = page.locator(`a[href="/api/findings/${row.id}/packets"]`)
    const download = page.waitForEvent('download')
    await link.first().click()
    const file = await (await download).path()
    expect(readFileSync(file).readUInt32LE(0)).toBe(0x0a0d0d0a)
  })

  test('nothing else on the list is high or critical', async () => {
    await stage.page.goto(`${stage.url}/findings?severity=high,critical&state=all`)
    await stage.listed()
    const query = 'severity=high,critical&posture=false&limit=1000'
    const { rows } = await stage.get<{ rows: Row[] }>(`/api/findings?${query}`)
    const strange = rows.filter((row) => !misuse.some((label) => within(label, row)))
    expect(strange.map(({ summary }) => summary)).toEqual([])
    expect(rows.length).toBeGreaterThanOrEqual(misuse.length)
  })
}

function pages(stage: Stage): void {
  test.each([
    ['/assets', /modbus-server|Modbus server/i],
    ['/conversations', /modbus/i],
    ['/zones', /Rows initiate/],
    ['/operations', /PUBLISH/],
    ['/reports', /Zones and conduits/],
    ['/rules', /listen only/],
    ['/sensor', /packets/i],
  ])('%s shows the plant', async (path, text) => {
    await stage.page.goto(stage.url + path + (stage.shown?.query ?? ''))
    await stage.page.getByText(text).first().waitFor()
  })

  test('a finding is acknowledged by key and the act is undone', async () => {
    const { page } = stage
    await page.goto(`${stage.url}/findings`)
    await stage.listed()
    const open = async (): Promise<number> => {
      return (await stage.get<{ total: number }>('/api/findings?state=open&limit=1')).total
    }
    const before = await open()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await expect.poll(open).toBe(before - 1)
    await page.keyboard.press('u')
    await expect.poll(open).toBe(before)
  })
}
