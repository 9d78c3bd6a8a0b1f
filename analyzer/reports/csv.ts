/** RFC 4180, and no cell that a spreadsheet would take for a formula (CWE-1236). */

const formula = /^[=+\-@\t\r]/
const quoted = /[",\r\n]/

export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const safe = formula.test(value) ? `'${value}` : value
  return quoted.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvRows(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}
