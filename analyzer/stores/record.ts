/** What is put on record and never changed: acts of people, versions of what is judged by. */

export type { AuditRow as AuditRecord } from '../api/schema.ts'

/** A text that a sensor judges by from now on. */
export interface Version {
  kind: 'policy' | 'baseline'
  name: string
  text: string
  time: string
  who: string
}
