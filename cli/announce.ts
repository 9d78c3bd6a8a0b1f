/** What a sensor is about to do, told before it does it. */
import { STDIN } from './data.ts'
import { wireText } from './print.ts'
import type { RunOptions } from './options.ts'
import { sourceText } from './opening.ts'

/** One line, and where to look; `console` is its address, where there is one. */
export function announce(options: RunOptions, console?: string): void {
  const lines = console === undefined ? [] : [`  console  ${console}`]
  lines.push(`  store    ${options.data}`, '  stop     Ctrl-C')
  process.stderr.write(`fieldtap: ${whatOf(options)}\n${lines.join('\n')}\n`)
}

function whatOf(options: RunOptions): string {
  const { source } = options
  const name = wireText(sourceText(options))
  if (source.kind === 'demo') return 'the demonstration: a recorded plant, replayed as if live'
  if (source.kind !== 'file') return `listening on ${name}; nothing is ever sent`
  if (source.files.length === 1 && source.files[0] === STDIN) return 'reading standard input'
  return source.follow ? `following ${name} as it is written` : `replaying ${name} as if live`
}
