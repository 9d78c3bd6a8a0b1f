/**
 * The demonstration in a real browser, from the launcher to the page: every labelled misuse is
 * shown as a finding with its rule, source, target and packets, and nothing else is high.
 * `FIELDTAP_PLANT` names another recording, under another seed: the same holds for it.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const plant = process.env['FIELDTAP_PLANT'] ?? bundled('pcaps/plant')
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

let data = ''
let child: ChildProcess
let browser: Browser
let page: Page
let url = ''
const foreign: string[] = []
const problems: string[] = []

/** Nothing but `start` for the demonstration; another recording is learned from and named. */
function source(): string[] {
  if (plant === bundled('pcaps/plant')) return []
  const baseline = join(data, 'baseline.yaml')
  const named = ['--policy', join(plant, 'policy.yaml')]
  const learn = ['baseline', 'learn', join(plant, 'learn.pcapng'), ...named, '--output', baseline]
  const { status } = spawnSync(process.execPath, [launcher, ...learn])
  expect(status).toBe(0)
  return [join(plant, 'day.pcapng'), ...named, '--baseline', baseline]
}

async function startDemo(): Promise<string> {
  const flags = [...source(), '--data', join(data, 'store'), '--port', '0', '--speed', 'max']
  child = spawn(process.execPath, [launcher, 'start', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text))
  for (let waited = 0; waited < 30_000; waited += 50) {
    const found = /console +(http\S+)/.exec(err)?.[1]
    if (found !== undefined) return found
    await sleep(50)
  }
  throw new Error(`it did not start: ${err}`)
}

async function get<T>(path: string): Promise<T> {
  return (await (await fetch(url + path)).json()) as T
}

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'fieldtap-demo-'))
  url = await startDemo()
  for (let waited = 0; waited < 60_000; waited += 200) {
    if ((await get<{ state: string }>('/api/health')).state === 'finished') break
    await sleep(200)
  }
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) foreign.push(request.url())
  })
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
})

afterAll(async () => {
  await browser?.close()
  child?.kill('SIGTERM')
  if (child?.exitCode === null) await once(child, 'exit')
  rmSync(data, { recursive: true, force: true })
})

const within = (label: Label, row: Row): boolean => {
  const at = Date.parse(row.first)
  const after = at >= Date.parse(label.start) - SLACK_MS
  return after && at <= Date.parse(label.end) + SLACK_MS && row.source.ip === label.source.ip
}

/** Text as it stands on the page: names in place of addresses are looked up behind them. */
async function shown(): Promise<string> {
  return (await page.locator('body').innerText()).replaceAll(/(?<=\d)[\u2009\u202f](?=\d)/g, '')
}

describe('the demonstration in a browser', () => {
  test('the first page says what it is, and stays small and at home', async () => {
    let bytes = 0
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    session.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength
    })
    await page.goto(`${url}/`, { waitUntil: 'load' })
    const isDemo = plant === bundled('pcaps/plant')
    if (isDemo) await page.getByText('This is the demonstration').first().waitFor()
    await page
      .getByText(/listen only/)
      .first()
      .waitFor()
    expect(bytes).toBeGreaterThan(20_000)
    expect(bytes).toBeLessThanOrEqual(FIRST_PAGE_BYTES_MAX)
  })

  test.each(misuse.map((label) => [label.name, label] as const))(
    'shows %s',
    async (_name, label) => {
      const { rows } = await get<{ rows: Row[] }>('/api/findings?limit=1000')
      const row = rows.find((one) => {
        return one.rule.tags.includes(`fieldtap.${label.expected[0]}`) && within(label, one)
      })
      expect(row, label.name).toBeDefined()
      if (row === undefined) return
      await page.goto(`${url}/findings/${row.id}`)
      await page.getByText(row.rule.title).first().waitFor()
      const text = await shown()
      expect(text).toContain(label.source.ip)
      expect(text).toContain(label.target.ip)
      const detail = await get<Row>(`/api/findings/${row.id}`)
      const packet = detail.evidence[0]?.packet
      expect(text).toMatch(new RegExp(`\\b${packet}\\b`))
      const link = page.locator(`a[href="/api/findings/${row.id}/packets"]`)
      const download = page.waitForEvent('download')
      await link.first().click()
      const file = await (await download).path()
      expect(readFileSync(file).readUInt32LE(0)).toBe(0x0a0d0d0a)
    },
  )

  test('nothing else on the list is high or critical', async () => {
    await page.goto(`${url}/findings?severity=high,critical&state=all`)
    await page
      .getByText(/listen only/)
      .first()
      .waitFor()
    const query = 'severity=high,critical&posture=false&limit=1000'
    const { rows } = await get<{ rows: Row[] }>(`/api/findings?${query}`)
    const strange = rows.filter((row) => !misuse.some((label) => within(label, row)))
    expect(strange.map(({ summary }) => summary)).toEqual([])
    expect(rows.length).toBeGreaterThanOrEqual(misuse.length)
  })

  test.each([
    ['/assets', /modbus-server|Modbus server/i],
    ['/conversations', /modbus/i],
    ['/zones', /Rows initiate/],
    ['/operations', /PUBLISH/],
    ['/reports', /Zones and conduits/],
    ['/rules', /listen only/],
    ['/sensor', /packets/i],
  ])('%s shows the plant', async (path, text) => {
    await page.goto(url + path)
    await page.getByText(text).first().waitFor()
  })

  test('a finding is acknowledged by key and the act is undone', async () => {
    await page.goto(`${url}/findings`)
    await page
      .getByText(/listen only/)
      .first()
      .waitFor()
    const open = async (): Promise<number> => {
      return (await get<{ total: number }>('/api/findings?state=open&limit=1')).total
    }
    const before = await open()
    await page.keyboard.press('j')
    await page.keyboard.press('e')
    await expect.poll(open).toBe(before - 1)
    await page.keyboard.press('u')
    await expect.poll(open).toBe(before)
  })

  test('nothing was refused by the policy of the page, and nothing left the machine', () => {
    expect(problems).toEqual([])
    expect(foreign).toEqual([])
  })
})
