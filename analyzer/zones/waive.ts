/** Which window or exception lets a refused operation pass at its time; windows go first. */
import { opsInclude, subjectOf } from './entry-match.ts'
import type { Conduit, Policy, Waiver } from './policy.ts'
import { among } from './verdict.ts'
import type { Question, Verdict } from './verdict.ts'

export function waivedBy(
  question: Question,
  refused: Verdict | undefined,
  { waivers, conduits }: Pick<Policy, 'waivers' | 'conduits'>,
  time: number,
): Waiver | undefined {
  return waivers.find((waiver) => {
    if (time < waiver.start || time >= waiver.end) return false
    if (refused?.deny !== undefined && !waiver.lifts.includes(refused.deny)) return false
    return covers(waiver, question, conduits) && permits(waiver, question)
  })
}

function covers(waiver: Waiver, question: Question, declared: readonly Conduit[]): boolean {
  const { conduits, from, to, clients, servers } = waiver
  if (conduits !== undefined) {
    const way = declared.find(
      (conduit) => conduits.includes(conduit.id) && leads(conduit, question, clients !== undefined),
    )
    if (way === undefined) return false
  }
  if (from !== undefined && from !== question.from) return false
  if (to !== undefined && to !== question.to) return false
  return among(clients, question.client) && among(servers, question.server)
}

/** A window that names its clients lets them in from wherever they are. */
function leads(conduit: Conduit, { from, to }: Question, named: boolean): boolean {
  return conduit.to.includes(to) && (named || conduit.from.includes(from))
}

function permits({ permits: lines }: Waiver, { protocol, operation }: Question): boolean {
  if (lines === undefined) return true
  return lines.some((line) => {
    if (line.protocol !== undefined && line.protocol !== protocol) return false
    const { ops } = line
    if (ops === undefined || operation === undefined) return true
    const subject = subjectOf(operation)
    return operation.draft.classes.every(
      (name) => name === 'session' || opsInclude(ops, subject, name),
    )
  })
}
