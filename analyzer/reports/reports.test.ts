/** One suite for all reports: formats, nothing active in them, the same bytes twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FROM, asset, finding, health, matrix } from '../stores/fixture.ts'
import { openSqliteStore } from '../stores/sqlite.ts'
import type { Store } from '../stores/store.ts'
import { csvCell } from './csv.ts'
import { loadReports } from './folder.ts'
import { escapeHtml } from './html.ts'
import { reportFormats } from './report.ts'

const hostile = '=HYPERLINK("http://x")<script>alert(1)</script>\u202e"\n,'
let dir = ''
let empty: Store
let full: Store

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fieldtap-reports-'))
  empty = await openSqliteStore(join(dir, 'empty'))
  full = await openSqliteStore(join(dir, 'full'))
  await full.putAssets([asset({ name: hostile, zone: 'unassigned' })], FROM)
  await full.putFindings(
    [
      finding({
        summary: hostile,
        zone: { verdict: 'violation', code: 'V-NOCONDUIT', conduit: '', line: 'policy.yaml:7' },
      }),
      finding({ id: 'f2', summary: 'inside its zone' }),
    ],
    FROM,
  )
  await full.putMatrix(matrix, FROM)
  await full.putHealth(health(), FROM)
})
afterAll(async () => {
  await empty.close()
  await full.close()
  rmSync(dir, { recursive: true, force: true })
})

const reports = await loadReports()

test('the folder is listed', () => {
  expect([...reports.keys()]).toContain('zones')
})

describe.each([...reports])('%s', (_name, report) => {
  test.each(reportFormats)(
    'is the same %s twice, of a store with and without content',
    async (format) => {
      for (const store of [empty, full]) {
        const text = await report.make(store, format)
        expect(text.length).toBeGreaterThan(20)
        expect(await report.make(store, format)).toBe(text)
      }
    },
  )

  test('HTML holds no markup and no hidden character of the wire, and asks for nothing', async () => {
    const html = await report.make(full, 'html')
    expect(html).toContain('&lt;script&gt;')
    expect(html).toContain('\\u{202e}')
    expect(html).not.toMatch(/<script|\u202e|src=|href=|url\(/)
    expect(html).toContain("default-src 'none'")
  })

  test('CSV holds no formula', async () => {
    const csv = await report.make(full, 'csv')
    expect(csv).toContain(`"'=HYPERLINK`)
    expect(csv.split('\r\n').filter((line) => /^"?[=+@-]/.test(line))).toEqual([])
  })
})

describe('zones', () => {
  test('says violations, and what it cannot say', async () => {
    const report = reports.get('zones')
    const document = JSON.parse((await report?.make(full, 'json')) ?? '') as {
      violations: { summary: string }[]
      unassigned: unknown[]
      matrix: unknown[]
    }
    expect(document.violations.map(({ summary }) => summary)).toEqual([hostile])
    expect(document.unassigned).toHaveLength(1)
    expect(document.matrix.length).toBeGreaterThan(0)
    const html = (await report?.make(full, 'html')) ?? ''
    expect(html).toContain('<p class="none">Empty: nothing is declared and nothing was seen.')
    // A heading stands above its numbers.
    expect(html).toMatch(/<th scope="col">Protocol<\/th><th scope="col" class="number">Messages/)
    const { source } = finding()
    expect(html).toContain(`<td>${source.name} ${source.ip} (${source.zone})</td>`)
    const nothing = (await report?.make(empty, 'html')) ?? ''
    expect(nothing).toContain('No sensor has reported')
    expect(nothing).toContain('No policy is loaded')
  })
})

test.each([
  ['=1+1', "'=1+1"],
  ['+49', "'+49"],
  ['-1', "'-1"],
  ['@x', "'@x"],
  ['\tx', "'\tx"],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['plain', 'plain'],
])('the CSV cell of %j', (value, cell) => {
  expect(csvCell(value)).toBe(cell)
  expect(csvCell(-1)).toBe('-1')
})

test('escaping leaves nothing to interpret', () => {
  expect(escapeHtml(`<a href='x'>&"`)).toBe('&lt;a href=&#39;x&#39;&gt;&amp;&quot;')
  expect(escapeHtml('a\u0000b')).toBe('a\\u{0}b')
})
