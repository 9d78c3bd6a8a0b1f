/**
 * Room for subjects: of each rule strangers and known pairs have their own, and many strangers
 * (`inventory/crowds.ts`) another one for each whom they turn to, so that what they say in forged
 * names takes no place of what anybody else does.
 */
import type { Doc } from '../facts.ts'
import { whoOf } from './parties.ts'
import { fieldText } from './words.ts'

/**
 * Subjects of one rule in memory, of strangers and of known pairs each; further ones fold into one
 * finding. So a flood of forged addresses cannot crowd out what a host of the plant does.
 */
export const SUBJECTS_PER_RULE_MAX = 10_000
/** Of all rules; then those with many fold, and who has few goes on. Some 4 KB each. */
export const SUBJECTS_MAX = 50_000
export const SUBJECTS_OF_FEW = 100
/** Of one rule, verdict, action and pair of whom one is many: more than anybody looks through. */
export const SUBJECTS_TOGETHER_MAX = 64
/** Of all of these, beside those of others. */
export const SUBJECTS_TOGETHER_ALL = 10_000

const MANY = '\u0000many'

/** Who never talked to each other before: approving it would say so of the pair. */
export function crowdOf(rule: string, entries: readonly string[]): string {
  return entries.some((entry) => entry.startsWith('talker ')) ? `${rule} strangers` : rule
}

/** What many do: neither what is allowed nor another way to do it hides a violation. */
export function togetherOf(rule: string, doc: Doc): string {
  const ends = `${whoOf(doc, 'source')} ${whoOf(doc, 'destination')}`
  const what = `${fieldText(doc['ot.zone.verdict'])} ${fieldText(doc['event.action'])}`
  return `${MANY} ${rule} ${ends} ${what}`
}

export class Places {
  /** Subjects by crowd. */
  readonly #taken = new Map<string, number>()
  #others = 0
  #together = 0

  isFull(crowd: string): boolean {
    const taken = this.#taken.get(crowd) ?? 0
    if (crowd.startsWith(MANY)) {
      return taken >= SUBJECTS_TOGETHER_MAX || this.#together >= SUBJECTS_TOGETHER_ALL
    }
    return taken >= (this.#others < SUBJECTS_MAX ? SUBJECTS_PER_RULE_MAX : SUBJECTS_OF_FEW)
  }

  /** Where those go that find no place: each crowd has one, and all of a rule when all is full. */
  rest(crowd: string, rule: string): string {
    const isOver = crowd.startsWith(MANY) && this.#together >= SUBJECTS_TOGETHER_ALL
    return isOver ? `${MANY} ${rule}` : crowd
  }

  take(crowd: string): void {
    this.#count(crowd, 1)
  }

  leave(crowd: string): void {
    this.#count(crowd, -1)
  }

  #count(crowd: string, by: 1 | -1): void {
    const taken = (this.#taken.get(crowd) ?? 0) + by
    if (taken > 0) this.#taken.set(crowd, taken)
    else this.#taken.delete(crowd)
    if (crowd.startsWith(MANY)) this.#together += by
    else this.#others += by
  }
}
