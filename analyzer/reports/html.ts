/** Pieces of a single-file HTML report: escaped text, tables, one style sheet, nothing external. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu

/** Text from anywhere: markup is text, and what the eye cannot see is shown. */
export function escapeHtml(text: string): string {
  return text
    .replace(hidden, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

export function htmlTable(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  if (rows.length === 0) return `<h2>${escapeHtml(caption)}</h2><p class="none">None.</p>`
  const header = head
    .map((cell, at) => {
      // Above numbers, as they stand.
      const kind = rows.every((row) => typeof row[at] === 'number') ? ' class="number"' : ''
      return `<th scope="col"${kind}>${escapeHtml(cell)}</th>`
    })
    .join('')
  const body = rows
    .map((row) => {
      const cells = row.map((cell) => {
        return typeof cell === 'number'
          ? `<td class="number">${cell}</td>`
          : `<td>${escapeHtml(cell)}</td>`
      })
      return `<tr>${cells.join('')}</tr>`
    })
    .join('\n')
  return `<h2>${escapeHtml(caption)}</h2>
<table><thead><tr>${header}</tr></thead>
<tbody>
${body}
</tbody></table>`
}

export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
body { font: 14px/1.5 system-ui, sans-serif; margin: 32px auto; max-width: 1200px; padding: 0 16px;
  color: #1a1d21; background: #fff; }
h1 { font-size: 24px; margin: 0 0 8px; } h2 { font-size: 17px; margin: 32px 0 8px; }
table { border-collapse: collapse; width: 100%; font-size: 13px;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid #d5d9de;
  vertical-align: top; overflow-wrap: break-word; }
th { background: #f2f4f6; font-weight: 600; } th.number, td.number { text-align: right; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; } dt { color: #565d66; }
dd { margin: 0; } .violation { background: #fbe3e0; font-weight: 600; }
.allowed { background: #e4f1e6; } .idle, .not-visible, .not-declared { color: #565d66; }
.none { color: #565d66; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; }
  tr { break-inside: avoid; } }
</style>
</head>
<body>
${body}
</body>
</html>
`
}
