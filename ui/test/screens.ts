/**
 * Pictures of every page, to be looked at: `node ui/test/screens.ts FOLDER [PART | URL]`. Over
 * made-up plants, or over the console that runs at URL; PART names the files that are wanted.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { launch, watch } from './browser.ts'
import { hostilePlant } from './hostile.ts'
import { startMock } from './mock.ts'
import { emptyPlant, plant } from './plant.ts'

const [folder = 'screens', part = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]

async function firstOf(url: string, list: string): Promise<string> {
  const response = await fetch(`${url}/api/${list}?limit=1`)
  const page = (await response.json()) as { rows: { id: string }[] }
  return page.rows[0]?.id ?? 'none'
}

async function pagesOf(url: string): Promise<string[]> {
  const response = await fetch(`${url}/api/zones`)
  const matrix = (await response.json()) as { cells: { from: string; to: string; state: string }[] }
  const cell = matrix.cells.find(({ state }) => state === 'violation') ?? matrix.cells[0]
  return [
    '/findings',
    '/findings?view=posture',
    `/findings/${await firstOf(url, 'findings')}`,
    '/assets',
    `/assets/${encodeURIComponent(await firstOf(url, 'assets'))}`,
    `/conversations?sel=${encodeURIComponent(await firstOf(url, 'conversations'))}`,
    `/zones?from_zone=${cell?.from ?? ''}&to_zone=${cell?.to ?? ''}`,
    '/zones?show=map',
    `/operations?sel=${encodeURIComponent(await firstOf(url, 'operations'))}`,
    '/reports',
    `/rules?sel=${await firstOf(url, 'rules')}`,
    '/sensor',
  ]
}

async function picture(browser: Browser, name: string, url: string, wanted: string): Promise<void> {
  for (const size of sizes) {
    for (const scheme of ['dark', 'light'] as const) {
      const { page, problems } = await watch(browser, url, { ...size, scheme })
      for (const path of await pagesOf(url)) {
        const words = path.slice(1).replace(/\W+/g, '-').slice(0, 40)
        const file = `${name}-${words}-${size.width}-${scheme}.png`
        if (!file.includes(wanted)) continue
        await page.goto(url + path)
        await page.waitForTimeout(path.includes('map') ? 1500 : 600)
        await page.screenshot({ path: join(folder, file) })
      }
      for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`)
      await page.context().close()
    }
  }
}

const browser = await launch()
if (part.startsWith('http')) {
  await picture(browser, 'live', part, '')
} else {
  const plants = {
    data: plant(40),
    many: plant(10_000),
    hostile: hostilePlant(plant(40)),
    empty: emptyPlant(),
  }
  for (const [name, made] of Object.entries(plants)) {
    const mock = await startMock(made)
    await picture(browser, name, mock.url, part)
    await mock.close()
  }
}
await browser.close()
