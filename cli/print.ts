/** What people read: plain tables, colour only where a terminal shows it and nobody forbade it. */
import type { WriteStream } from 'node:tty'
import type { Severity } from '#analyzer'

const ESC = '\u001b['

export interface Style {
  readonly colour: boolean
  readonly timezone: string
}

/** https://no-color.org: any non-empty NO_COLOR switches colour off. */
export function styleOf(stream: Pick<WriteStream, 'isTTY'>, timezone: string | undefined): Style {
  const forbidden = (process.env['NO_COLOR'] ?? '') !== ''
  const zone = timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  return { colour: stream.isTTY && !forbidden, timezone: zone === '' ? 'UTC' : zone }
}

const colours: Readonly<Record<Severity, string>> = {
  critical: '1;37;41',
  high: '1;31',
  medium: '33',
  low: '36',
  informational: '2',
}

export function severityText(severity: Severity, style: Style): string {
  const word = severity.toUpperCase()
  return style.colour ? `${ESC}${colours[severity]}m${word}${ESC}0m` : word
}

export function dim(text: string, style: Style): string {
  return style.colour ? `${ESC}2m${text}${ESC}0m` : text
}

export function bold(text: string, style: Style): string {
  return style.colour ? `${ESC}1m${text}${ESC}0m` : text
}

const controls = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu
const SHOWN_MAX = 120

/** Text from the wire for a terminal: no control, bidirectional or zero-width character. */
export function wireText(text: string): string {
  return visible(text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text)
}

/** What names a file or quotes one, whole: somebody else may have named it, or written in it. */
export function shownLines(text: string): string {
  return text.split('\n').map(visible).join('\n')
}

function visible(text: string): string {
  return text.replace(controls, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/** Local time of the site, with its zone named: `2026-11-21 12:00:00.000 UTC`. */
export function timeText(iso: string, style: Style): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: style.timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(date)
  const zone = new Intl.DateTimeFormat('en-GB', {
    timeZone: style.timezone,
    timeZoneName: 'short',
  })
    .formatToParts(date)
    .find((part) => part.type === 'timeZoneName')
  const milliseconds = String(date.getUTCMilliseconds()).padStart(3, '0')
  return `${parts}.${milliseconds} ${zone?.value ?? style.timezone}`
}

/** Thin spaces above 9 999. */
/** `1 packet`, `2 packets`. */
export function countText(value: number, one: string): string {
  return `${numberText(value)} ${value === 1 ? one : `${one}s`}`
}

export function numberText(value: number): string {
  const text = String(Math.round(value))
  return text.length <= 4 ? text : text.replace(/\B(?=(\d{3})+$)/g, '\u2009')
}

/** Columns as wide as their widest cell, the last one free. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
    }
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
