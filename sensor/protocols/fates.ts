/** What became of messages, and of the operations that they asked for: each has one fate. */
import type { NotAssessable } from '../operation.ts'

export interface Fates {
  messagesAsking: number
  messagesAnswering: number
  /** Complete in themselves. */
  messagesAlone: number
  /** Parts of what a later message completes. */
  messagesPart: number
  messagesMalformed: number
  /** Answers to what waits that do not fit it. */
  messagesMismatched: number
  messagesRepeated: number
  messagesUnasked: number
  /** Answers to what was not seen, where that is nothing odd. */
  messagesUnplaced: number
  /** Asked for. */
  operations: number
  operationsAnswered: number
  /** To which no answer comes. */
  operationsAlone: number
  operationsSilent: number
  operationsNotVisible: number
  operationsAfterGap: number
  operationsOverLimit: number
  /** Open when the connection or the capture ended. */
  operationsEnded: number
  /** Waiting for the answer now. */
  operationsOpen: number
}

/** Why nothing more is to be expected. */
export type Unanswered =
  | 'operationsAlone'
  | 'operationsSilent'
  | 'operationsNotVisible'
  | 'operationsAfterGap'
  | 'operationsOverLimit'
  | 'operationsEnded'

/** Why the absence of an answer says nothing of who was asked. */
export const reasons: Readonly<Record<Unanswered, readonly NotAssessable[] | undefined>> = {
  operationsAlone: undefined,
  operationsSilent: undefined,
  operationsNotVisible: ['not-visible'],
  operationsAfterGap: ['gap'],
  operationsOverLimit: ['limit'],
  operationsEnded: undefined,
}

export function noFates(): Fates {
  return {
    messagesAsking: 0,
    messagesAnswering: 0,
    messagesAlone: 0,
    messagesPart: 0,
    messagesMalformed: 0,
    messagesMismatched: 0,
    messagesRepeated: 0,
    messagesUnasked: 0,
    messagesUnplaced: 0,
    operations: 0,
    operationsAnswered: 0,
    operationsAlone: 0,
    operationsSilent: 0,
    operationsNotVisible: 0,
    operationsAfterGap: 0,
    operationsOverLimit: 0,
    operationsEnded: 0,
    operationsOpen: 0,
  }
}
