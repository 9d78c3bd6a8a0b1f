/** Debian's Chromium, in a new profile, that reports what a page must not do. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

const executable = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
export const hasChromium = existsSync(executable)

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Watched {
  page: Page
  /** Refused by the policy, thrown, or logged as an error. */
  problems: string[]
  /** Requests that would have left the origin. */
  foreign: string[]
  dialogs: string[]
}

export interface View {
  width?: number
  height?: number
  scheme?: 'dark' | 'light'
}

export async function watch(browser: Browser, origin: string, view: View = {}): Promise<Watched> {
  const { width = 1280, height = 800, scheme = 'dark' } = view
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  const page = await context.newPage()
  const watched: Watched = { page, problems: [], foreign: [], dialogs: [] }
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // oxlint-disable-next-line no-console -- read by the listener below, outside the page
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
    })
  })
  page.on('console', (message) => {
    // That the API is gone is what some tests are about.
    const expected = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !expected) watched.problems.push(message.text())
  })
  page.on('pageerror', (error) => watched.problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(`${origin}/`)) watched.foreign.push(request.url())
  })
  page.on('dialog', (dialog) => {
    watched.dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  return watched
}
