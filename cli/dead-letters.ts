/** `fieldtap elastic dead-letters`: what the cluster refused, and what is to become of it. */
import type { DeadLetter, LocalStore } from '#analyzer'
import { openStore } from '#analyzer'
import { CommandError } from './command.ts'
import { tellStore } from './kept-store.ts'
import type { RunFlags } from './options.ts'
import { resolveOptions } from './options.ts'
import { countText, numberText, shownLines, timeText, wireText } from './print.ts'

export interface DeadLetterFlags extends RunFlags {
  /** True: all of them. */
  replay?: true | string[]
  discard?: string[]
  json?: boolean
}

/** Of a list on a screen; JSON has all. */
const SHOWN_MAX = 100

export async function deadLetters(flags: DeadLetterFlags): Promise<void> {
  const { replay, discard } = flags
  if (replay !== undefined && discard !== undefined) {
    throw new CommandError(
      'OPTION_INVALID',
      '--replay and --discard do not go together',
      'Take one of them out.',
    )
  }
  const { data, timezone } = resolveOptions([], flags, 'kept')
  if (flags.json !== true) tellStore(data)
  const store = await openStore(data, { mustExist: true, isOwner: false })
  try {
    if (replay !== undefined) tell(await store.replay(replay === true ? undefined : replay), 'sent')
    else if (discard !== undefined) tell(await store.discard(discard), 'forgotten')
    else if (flags.json === true) await print(store)
    else await list(store, timezone)
  } finally {
    await store.close()
  }
}

function tell(count: number, what: 'sent' | 'forgotten'): void {
  const words = { sent: 'will be sent again by the shipper', forgotten: 'forgotten' }
  process.stderr.write(`fieldtap: ${countText(count, 'document')} ${words[what]}.\n`)
}

async function print(store: LocalStore): Promise<void> {
  const letters: DeadLetter[] = []
  let after: string | undefined
  do {
    const page = await store.deadLetters({ limit: 1000, after })
    letters.push(...page.rows)
    after = page.next ?? undefined
  } while (after !== undefined)
  process.stdout.write(`${JSON.stringify(letters, null, 2)}\n`)
}

async function list(store: LocalStore, timezone: string): Promise<void> {
  const { rows, total } = await store.deadLetters({ limit: SHOWN_MAX })
  if (rows.length === 0) {
    process.stdout.write('No document was refused.\n')
    return
  }
  const oldest = rows.map(({ time }) => time).reduce((a, b) => (a < b ? a : b))
  const since = timeText(oldest, { colour: false, timezone })
  const more = total > rows.length ? `… and ${numberText(total - rows.length)} more: --json\n` : ''
  process.stdout.write(
    shownLines(
      `${countText(total, 'document')} refused, the oldest here at ${since}\n` +
        `${rows.map(letterText).join('')}${more}` +
        'Mend the cause (fieldtap elastic doctor), then: fieldtap elastic dead-letters --replay\n',
    ),
  )
}

export function letterText({ id, place, status, type, reason }: DeadLetter): string {
  return `  ${id}  ${place}  ${status} ${type}: ${wireText(reason)}\n`
}
