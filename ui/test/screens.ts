/** `node ui/test/screens.ts FOLDER [URL]`: a picture of every page, to be looked at. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, watch } from './browser.ts'
import { hostilePlant } from './hostile.ts'
import { startMock } from './mock.ts'
import type { Mock } from './mock.ts'
import { emptyPlant, plant } from './plant.ts'

const [folder = 'screens', only = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })

const pages = [
  '/findings',
  '/findings/f0',
  '/assets',
  '/assets/asset-0',
  '/conversations',
  '/zones?from_zone=cell-1&to_zone=supervision',
  '/zones?show=map',
  '/operations',
  '/reports',
  '/rules?sel=fieldtap.mb-06',
  '/sensor',
]

const browser = await launch()
const mocks: [string, Mock][] = [
  ['data', await startMock(plant(40))],
  ['many', await startMock(plant(10_000))],
  ['hostile', await startMock(hostilePlant(plant(40)))],
  ['empty', await startMock(emptyPlant())],
]
const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]

for (const [name, mock] of mocks) {
  for (const size of sizes) {
    for (const scheme of ['dark', 'light'] as const) {
      if (name !== 'data' && scheme === 'light') continue
      const { page, problems } = await watch(browser, mock.url, { ...size, scheme })
      for (const path of pages) {
        const file = `${name}-${path.slice(1).replace(/\W+/g, '-')}-${size.width}-${scheme}.png`
        if (!file.includes(only)) continue
        await page.goto(mock.url + path)
        await page.waitForTimeout(path.includes('map') ? 1500 : 500)
        await page.screenshot({ path: join(folder, file) })
      }
      for (const problem of problems) process.stdout.write(`${name}: ${problem}\n`)
      await page.context().close()
    }
  }
}
await browser.close()
for (const [, mock] of mocks) await mock.close()
