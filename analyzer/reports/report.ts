/**
 * The contract of a report: one file a report, found by listing this folder; its file name is the
 * command's and the route's name. Made from the store alone, so that the same store gives the
 * same bytes.
 */
import type { Reads, Scoped } from '../stores/store.ts'

export const reportFormats = ['json', 'html', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

export interface Report {
  readonly title: string
  readonly summary: string
  /** Of all sensors, of a site or of one sensor. */
  make(store: Reads, format: ReportFormat, scope?: Scoped): Promise<string>
}

export const mediaTypes: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
}
