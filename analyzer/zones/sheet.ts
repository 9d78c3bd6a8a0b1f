/**
 * The policy's nodes as the loader reads them: it goes on where something is wrong, for the schema
 * has said so already, and every further error is to be told in the same run.
 */
import { closest } from '../input/closest.ts'
import type { InputError } from '../input/input.ts'
import { entry } from '../input/yaml.ts'
import type { Place, YamlNode, YamlScalar } from '../input/yaml.ts'
import type { Span } from './policy.ts'

const DAY_US = 86_400e6

export class Sheet {
  readonly file: string
  readonly errors: InputError[]

  constructor(file: string, errors: InputError[]) {
    this.file = file
    this.errors = errors
  }

  error({ line, column }: Place, code: string, message: string, remedy: string): void {
    this.errors.push({ file: this.file, line, column, code, message, remedy })
  }

  /** `what` names a thing that `known` lacks. */
  unknown(at: YamlScalar, what: string, known: Iterable<string>, otherwise: string): void {
    const near = closest(at.text, known)
    const remedy = near === undefined ? otherwise : `Did you mean \`${near}\`?`
    this.error(at.at, 'unknown-name', `${what} \`${at.text}\` is not declared`, remedy)
  }

  node(of: YamlNode | undefined, key: string): YamlNode | undefined {
    return entry(of, key)?.value
  }

  scalar(of: YamlNode | undefined, key: string): YamlScalar | undefined {
    const found = this.node(of, key)
    return found?.kind === 'scalar' && found.value !== null ? found : undefined
  }

  text(of: YamlNode | undefined, key: string, otherwise = ''): string {
    return this.scalar(of, key)?.text ?? otherwise
  }

  number(of: YamlNode | undefined, key: string): number | undefined {
    const value = this.scalar(of, key)?.value
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined
  }

  flag(of: YamlNode | undefined, key: string): boolean | undefined {
    const value = this.scalar(of, key)?.value
    return typeof value === 'boolean' ? value : undefined
  }

  items(of: YamlNode | undefined, key: string): readonly YamlNode[] {
    const found = this.node(of, key)
    return found?.kind === 'list' ? found.items : []
  }

  scalars(of: YamlNode | undefined, key: string): readonly YamlScalar[] {
    return this.items(of, key).filter((item) => item.kind === 'scalar')
  }

  texts(of: YamlNode | undefined, key: string): readonly string[] | undefined {
    if (this.node(of, key) === undefined) return undefined
    return this.scalars(of, key).map(({ text }) => text)
  }

  spans(of: YamlNode | undefined, key: string, maximum: number): readonly Span[] | undefined {
    if (this.node(of, key) === undefined) return undefined
    const spans: Span[] = []
    for (const scalar of this.scalars(of, key)) {
      const span = spanOf(scalar.text)
      if (span !== undefined && span.first <= span.last && span.last <= maximum) spans.push(span)
      else {
        const message = `\`${scalar.text}\` is no range within 0-${maximum}`
        this.error(scalar.at, 'range', message, 'Write the lower end first, as in "40-59".')
      }
    }
    return spans
  }

  /** µs; a date alone is its beginning in UTC, or its end where `whole` asks for it. */
  time(of: YamlNode | undefined, key: string, whole = false): number | undefined {
    const scalar = this.scalar(of, key)
    if (scalar === undefined) return undefined
    const milliseconds = Date.parse(scalar.text)
    if (Number.isNaN(milliseconds)) {
      const message = `\`${scalar.text}\` is no time`
      this.error(scalar.at, 'time', message, 'Write 2026-11-01 or 2026-11-22T06:00+01:00.')
      return undefined
    }
    return milliseconds * 1000 + (whole && !scalar.text.includes('T') ? DAY_US : 0)
  }
}

/** `7` or `40-59`. */
export function spanOf(text: string): Span | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const first = Number(match[1])
  return { first, last: match[2] === undefined ? first : Number(match[2]) }
}
