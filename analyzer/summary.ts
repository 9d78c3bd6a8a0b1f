/**
 * The record that stands for the repeats of one kind in one interval: what is periodic and
 * approved is not kept one by one (design.md, Persistence).
 */
import { isoTime, operationRecord } from '#sensor'
import type { Doc } from './facts.ts'
import type { Judgement } from './judgement.ts'

export function summaryRecord(sensor: string, judgement: Judgement): Doc | undefined {
  const { repeats } = judgement
  const { operation } = repeats
  if (operation === undefined || repeats.count === 0) return undefined
  const record = { ...judgement.doc, ...operationRecord(sensor, operation) }
  record['ot.operation.count'] = repeats.count
  record['event.start'] = isoTime(repeats.first)
  record['event.end'] = isoTime(repeats.last)
  if (repeats.minimum <= repeats.maximum) {
    record['ot.operation.value_min'] = repeats.minimum
    record['ot.operation.value_max'] = repeats.maximum
    record['ot.operation.value_changes'] = repeats.changes
  }
  return record
}
