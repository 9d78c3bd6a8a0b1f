/** The few pages that the server itself writes, when there is no console to show. */

export function pageText(
  title: string,
  body: string,
  link?: { href: string; text: string },
): string {
  const way = link === undefined ? '' : `<p><a href="${escape(link.href)}">${escape(link.text)}</a>`
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Fieldtap</title>
<h1>${escape(title)}</h1><p>${escape(body)}${way}`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? '')
}
