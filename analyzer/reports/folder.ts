/** Finds the reports by listing their folder: a name from a request is only ever looked up. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Report } from './report.ts'

const folder = dirname(fileURLToPath(import.meta.url))
const name = /^([a-z-]+)\.(?:ts|js)$/
const parts = new Set(['report', 'csv', 'html', 'folder'])

export async function loadReports(): Promise<ReadonlyMap<string, Report>> {
  const reports = new Map<string, Report>()
  for (const file of readdirSync(folder).sort()) {
    const found = name.exec(file)?.[1]
    if (found === undefined || parts.has(found)) continue
    const module: { report: Report } = await import(pathToFileURL(join(folder, file)).href)
    reports.set(found, module.report)
  }
  return reports
}
