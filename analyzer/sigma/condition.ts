/**
 * Conditions of detection rules (Sigma specification 2.1.0, rules, Condition): `or` binds least,
 * then `and`, `not`, `x of`, parentheses. Keywords are lower case; `them` and patterns leave out
 * identifiers that begin with an underscore.
 */

export type Condition =
  | { readonly op: 'and' | 'or'; readonly items: readonly Condition[] }
  | { readonly op: 'not'; readonly item: Condition }
  | { readonly op: 'is'; readonly name: string }

export interface ConditionError {
  /** Characters from the start of the condition. */
  readonly at: number
  readonly message: string
  readonly remedy: string
}

interface Token {
  readonly text: string
  readonly at: number
}

/** A condition is written by a person; deeper nesting than this is an attack on the parser. */
export const CONDITION_DEPTH_MAX = 50

export function parseCondition(
  text: string,
  identifiers: readonly string[],
): Condition | ConditionError {
  const parser = new Parser(text, identifiers)
  return parser.parse()
}

export function isConditionError(value: Condition | ConditionError): value is ConditionError {
  return 'message' in value
}

/** Conditions and patterns: letters, digits, `_`, `-`; `*` in patterns. */
const TOKEN = /[()|]|[^\s()|]+/gu
const WORD = /^[A-Za-z0-9_*-]+$/

class Parser {
  readonly #text: string
  readonly #identifiers: readonly string[]
  readonly #tokens: Token[]
  #next = 0
  #depth = 0
  #error: ConditionError | undefined

  constructor(text: string, identifiers: readonly string[]) {
    this.#text = text
    this.#identifiers = identifiers
    this.#tokens = [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], at: match.index }))
  }

  parse(): Condition | ConditionError {
    if (this.#tokens.length === 0) {
      return { at: 0, message: 'the condition is empty', remedy: `Write ${this.#names()}.` }
    }
    const condition = this.#or()
    const rest = this.#tokens[this.#next]
    if (rest) {
      const remedy = 'Join two parts with `and` or `or`, in lower case.'
      this.#fail(rest, `\`${rest.text}\` is not expected here`, remedy)
    }
    return this.#error ?? condition
  }

  #or(): Condition {
    return this.#joined('or', () => this.#joined('and', () => this.#not()))
  }

  #joined(op: 'and' | 'or', part: () => Condition): Condition {
    const items = [part()]
    while (this.#error === undefined && this.#tokens[this.#next]?.text === op) {
      this.#next++
      items.push(part())
    }
    return items.length === 1 ? items[0]! : { op, items }
  }

  #not(): Condition {
    let negated = false
    while (this.#tokens[this.#next]?.text === 'not') {
      negated = !negated
      this.#next++
    }
    const item = this.#primary()
    return negated ? { op: 'not', item } : item
  }

  #primary(): Condition {
    const token = this.#tokens[this.#next++]
    if (!token) return this.#fail(token, 'the condition ends too early', 'Finish it.')
    if (token.text === '(') return this.#group(token)
    if (token.text === '|') {
      const remedy = 'Write the aggregation as a correlation rule (event_count, value_count).'
      return this.#fail(token, 'aggregations after `|` are no part of Sigma 2', remedy)
    }
    if (this.#tokens[this.#next]?.text === 'of') return this.#of(token)
    if (!WORD.test(token.text) || reserved.has(token.text)) {
      return this.#fail(token, `\`${token.text}\` is not expected here`, this.#use())
    }
    if (token.text.includes('*')) {
      const remedy = `Write \`1 of ${token.text}\` or \`all of ${token.text}\`.`
      return this.#fail(token, `the pattern \`${token.text}\` stands alone`, remedy)
    }
    if (this.#identifiers.includes(token.text)) return { op: 'is', name: token.text }
    const message = `\`${token.text}\` is not defined in the detection`
    return this.#fail(token, message, this.#use())
  }

  #group(open: Token): Condition {
    if (++this.#depth > CONDITION_DEPTH_MAX) {
      return this.#fail(open, 'the condition is nested too deep', 'Flatten it.')
    }
    const condition = this.#or()
    this.#depth--
    const close = this.#tokens[this.#next++]
    if (close?.text === ')' || this.#error) return condition
    return this.#fail(close, 'a parenthesis is not closed', 'Add `)`.')
  }

  #of(quantity: Token): Condition {
    this.#next++
    const what = this.#tokens[this.#next++]
    if (quantity.text !== '1' && quantity.text !== 'any' && quantity.text !== 'all') {
      const message = `\`${quantity.text} of\` is not Sigma`
      return this.#fail(quantity, message, 'Write `1 of`, `any of` or `all of`.')
    }
    if (!what || !WORD.test(what.text)) {
      const remedy = 'Write `them`, or a pattern such as `selection_*`.'
      return this.#fail(what, 'what `of` is about is missing', remedy)
    }
    const found = this.#matching(what.text)
    if (found.length === 0) {
      const message = `no part of the detection is called \`${what.text}\``
      return this.#fail(what, message, this.#use())
    }
    const items = found.map((name): Condition => ({ op: 'is', name }))
    if (items.length === 1) return items[0]!
    return { op: quantity.text === 'all' ? 'and' : 'or', items }
  }

  #matching(pattern: string): string[] {
    if (pattern === 'them') return this.#identifiers.filter((name) => !name.startsWith('_'))
    const parts = pattern.split('*')
    const hidden = pattern.startsWith('_')
    return this.#identifiers.filter(
      (name) => (hidden || !name.startsWith('_')) && fits(name, parts),
    )
  }

  #names(): string {
    return this.#identifiers.map((name) => `\`${name}\``).join(', ')
  }

  #use(): string {
    return `Defined are ${this.#names()}.`
  }

  /** Keeps the first error; the value returned is never used after one. */
  #fail(token: Token | undefined, message: string, remedy: string): Condition {
    this.#error ??= { at: token?.at ?? this.#text.length, message, remedy }
    this.#next = this.#tokens.length
    return { op: 'or', items: [] }
  }
}

const reserved = new Set(['and', 'or', 'not', 'of', 'them', 'AND', 'OR', 'NOT', ')'])

/** A name against the pieces between the stars of a pattern. */
function fits(name: string, parts: readonly string[]): boolean {
  if (parts.length === 1) return name === parts[0]
  const first = parts[0]!
  const last = parts.at(-1)!
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  if (name.length < first.length + last.length) return false
  let at = first.length
  const end = name.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
