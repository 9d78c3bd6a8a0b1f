/** Modifier `re`: expressions run in linear time, whatever a rule or the wire says. */
import { RE2JS } from 're2js'
import type { YamlScalar } from '../input/yaml.ts'

export interface RegexFlags {
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
}

type Scalar = string | number | boolean

/** Unanchored; the text stands as written, Sigma's escapes do not apply. */
export function regexTest(
  { value, text }: YamlScalar,
  flags: RegexFlags,
): ((scalar: Scalar) => boolean) | string {
  if (value === null) return '`re` needs an expression'
  const bits =
    (flags.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.multiline ? RE2JS.MULTILINE : 0) |
    (flags.dotAll ? RE2JS.DOTALL : 0)
  try {
    const expression = RE2JS.compile(text, bits)
    return (scalar) => expression.test(String(scalar))
  } catch (error) {
    return `not a regular expression: ${error instanceof Error ? error.message : String(error)}`
  }
}
