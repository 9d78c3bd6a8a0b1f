/** What is put on record and never changed: acts of people, versions of what is judged by. */

export interface AuditRecord {
  id: string
  time: string
  who: string
  /** `acknowledge`, `close`, …, `rename`; `policy` and `baseline` for a new version of one. */
  action: string
  /** The finding, the asset, or the name of what has a new version. */
  subject: string
  note?: string | undefined
  /** Of the text of a version, in hexadecimal. */
  sha256?: string | undefined
}

/** A text that a sensor judges by from now on. */
export interface Version {
  kind: 'policy' | 'baseline'
  name: string
  text: string
  time: string
  who: string
}
