/**
 * Who acts. There are no accounts yet: a person is the name that they typed into the console, and
 * it stands in histories and in the record as it was typed.
 */
import { Type } from 'typebox'
import type { Context } from './app.ts'
import { HttpError } from './errors.ts'

const WHO_CHARS_MAX = 80
/** Nothing that is not seen: controls, characters that turn the text round, other spaces. */
const printable = new RegExp(`^[\\p{L}\\p{M}\\p{N}\\p{P}\\p{S} ]{1,${WHO_CHARS_MAX}}$`, 'u')

export const whoParameter = {
  who: Type.Optional(
    Type.String({
      description: `Who acts, 1 to ${WHO_CHARS_MAX} printable characters; there are no accounts.`,
    }),
  ),
}

/** The name typed; where none was sent, that of the console. */
export function whoOf(context: Context, typed: string | undefined): string {
  if (typed === undefined) return context.who
  const who = typed.trim()
  if (printable.test(who)) return who
  throw new HttpError(
    400,
    'WHO_INVALID',
    'who: the name of the person is no printable text of 1 to 80 characters',
    'Type a name as you would sign with it.',
  )
}
