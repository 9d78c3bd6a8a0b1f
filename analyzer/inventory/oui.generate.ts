/**
 * Makes `oui.txt` from the development dependency `oui-data`: the IEEE registries MA-L, MA-M and
 * MA-S, one organisation a line with its prefixes. Run: `node analyzer/inventory/oui.generate.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const require = (path: string) =>
  JSON.parse(readFileSync(new URL(`../../node_modules/oui-data/${path}`, import.meta.url), 'utf8'))

/** When the version that package-lock.json names was published: the date of the data. */
const DATA_DATE = '2026-08-26'
/** Longer names carry an address after the name. */
const NAME_CHARS_MAX = 64

const entries = Object.entries(require('index.json') as Record<string, string>)
const { version } = require('package.json') as { version: string }

const prefixesOf = new Map<string, string[]>()
for (const [prefix, text] of entries) {
  const [line = ''] = text.split('\n')
  const name = line
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, NAME_CHARS_MAX)
  // `Private` and the registry's own blocks, which longer prefixes divide, name no vendor.
  if (name === '' || name === 'Private' || name === 'IEEE Registration Authority') continue
  const list = prefixesOf.get(name)
  if (list === undefined) prefixesOf.set(name, [prefix.toUpperCase()])
  else list.push(prefix.toUpperCase())
}

const lines = [...prefixesOf]
  .map(([name, prefixes]) => `${name}\t${prefixes.sort().join(' ')}`)
  .sort()
const head = [
  '# Organisations of MAC address prefixes: IEEE registries MA-L, MA-M, MA-S.',
  `# Data of ${DATA_DATE}, through oui-data ${version} (BSD-2-Clause, copyright silverwind).`,
  '# Made by oui.generate.ts; not edited by hand.',
]
writeFileSync(new URL('oui.txt', import.meta.url), `${[...head, ...lines].join('\n')}\n`)
