/** What a cluster refuses for what it is, kept with the reason. */
import type { DeadLetter, Dirty } from '../outbox.ts'
import { isoTime } from '../rows.ts'
import type { Cluster, Fate, Observed } from './cluster.ts'

const REASON_CHARACTERS_MAX = 2000

type Refusal = Pick<DeadLetter, 'status' | 'type' | 'reason'>

/** Undefined: nothing is wrong with the document. `alone`: it was the only one of its request. */
export function refusalOf(fate: Fate, alone: boolean): Refusal | undefined {
  if (fate.kind === 'rejected') {
    const { status, type, reason } = fate
    return { status, type, reason: reason.slice(0, REASON_CHARACTERS_MAX) }
  }
  if (fate.kind !== 'too-large' || !alone) return undefined
  const reason = 'it alone is larger than the cluster takes: raise http.max_content_length there'
  return { status: 413, type: 'too_large', reason }
}

export function letterOf(
  cluster: Cluster,
  sent: { dirty: Dirty } | { observed: Observed },
  refusal: Refusal,
  tries: number,
  now: number,
): DeadLetter {
  const rest = { ...refusal, time: isoTime(now * 1000), tries }
  if ('dirty' in sent) {
    const { kind, id, place } = sent.dirty
    return {
      id,
      kind,
      place: place === '' ? kind : place,
      doc: cluster.bodyOf(sent.dirty),
      ...rest,
    }
  }
  const { stream, id } = cluster.addressOf(sent.observed)
  return { id, kind: 'observation', place: stream, doc: cluster.bodyOf(sent.observed), ...rest }
}
