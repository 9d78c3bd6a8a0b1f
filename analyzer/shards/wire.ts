/**
 * What a shard tells the thread that judges: everything that is not the repeat of a settled kind,
 * in plain objects that a message can carry, each with its place in the batch, so that the tellings
 * of several shards merge into the order in which one sensor alone would have told them.
 */
import type {
  Anomaly,
  Answer,
  Conversation,
  Fields,
  Flow,
  Identity,
  NotAssessable,
  OperationClass,
  OperationDraft,
  SensorEvent,
} from '#sensor'
import type { RepeatsTold } from '../repeats.ts'

/** Where something was told: told in this order, whatever the shard. */
export interface Placed {
  /** Ordinal of the packet in the run, from 1; one more for what the end makes known. */
  readonly packet: number
  /** Of a tick, which comes before its packet, negative; of the packet itself 0. */
  readonly stage: number
  /** Within a stage of a tick: `Flow.number`, or Infinity. */
  readonly order: number
}

export interface FlowTold extends Omit<Flow, 'slot'> {
  readonly slot?: undefined
}

export interface DraftTold {
  readonly protocol: string | undefined
  readonly action: string
  readonly classes: readonly OperationClass[]
  readonly targets: readonly string[]
  readonly values: readonly string[] | undefined
  readonly numbers: readonly number[] | undefined
  readonly kind: string
  readonly user: string | undefined
  readonly fields: Fields
  readonly notAssessable: readonly NotAssessable[] | undefined
}

/** A draft, as far as it differs from the first that was kept of its kind (`isKept`). */
export interface DraftChange {
  readonly values: readonly string[] | undefined
  readonly numbers: readonly number[] | undefined
  readonly fields: Fields
}

export interface OperationTold {
  readonly protocol: string
  /** The client of the operation is the client of the flow. */
  readonly byClient: boolean
  readonly time: number
  readonly sequence: number
  readonly draft: DraftTold | DraftChange
  readonly item: number
  readonly packets: readonly number[]
  readonly notAssessable: readonly NotAssessable[]
}

export interface AnswerTold {
  readonly answer: Answer | undefined
  readonly answered: number
  readonly packets: readonly number[]
  readonly notAssessable: readonly NotAssessable[]
}

/** In each shard `flow`, `kind` and `ref` are numbers of its own; `sequence` see `numbering.ts`. */
export type Telling =
  | { readonly what: 'flow'; readonly flow: number; readonly told: FlowTold }
  | {
      readonly what: 'requested'
      readonly flow: number
      readonly proven: boolean
      readonly kind: number
      readonly ref: number
      readonly told: OperationTold
    }
  | {
      readonly what: 'completed'
      readonly ref: number
      readonly proven: boolean
      readonly told: AnswerTold
    }
  | { readonly what: 'identity'; readonly told: Identity }
  | {
      readonly what: 'conversation'
      /** Its number where operations of it were told, else itself. */
      readonly flow: number | FlowTold
      readonly proven: boolean
      readonly told: Omit<Conversation, 'flow'>
    }
  | {
      readonly what: 'anomaly'
      readonly flow: number | FlowTold
      readonly proven: boolean
      readonly told: Omit<Anomaly, 'flow'>
    }
  | { readonly what: 'health'; readonly told: SensorEvent }
  | {
      readonly what: 'repeats'
      readonly kind: number
      readonly told: RepeatsTold
      /** The newest of them, where records are kept. */
      readonly newest: (OperationTold & AnswerTold & { readonly flow: FlowTold }) | undefined
    }
  | { readonly what: 'forget'; readonly kinds: readonly number[] }
  | { readonly what: 'advance'; readonly time: number }
  | {
      readonly what: 'reached'
      readonly told: Readonly<Record<string, number>>
      readonly now: number
      readonly end: boolean
    }

export type Told = Telling & Placed

/** Sent back: repeats of this kind need no judging, while all of this holds. */
export interface Settled {
  readonly kind: number
  /** Capture time, µs: the policy says the same from here to there. */
  readonly from: number
  readonly to: number
  /** It was judged while the direction was not proven. */
  readonly unproven: boolean
  /** Outcome and status of the answers that mean nothing new. */
  readonly answers: readonly (readonly [outcome: string, status: string])[]
}

/** Operations with values are told one by one, so that it is worth keeping the first of a kind. */
export function isKept({ numbers }: DraftTold): boolean {
  return numbers !== undefined
}

export function isWhole(draft: DraftTold | DraftChange): draft is DraftTold {
  return 'kind' in draft
}

/** `first` is what was told of the first of its kind. */
export function changeOf(first: DraftTold, draft: OperationDraft): DraftChange | undefined {
  const { values, numbers, fields } = draft
  const isAlike =
    first.protocol === draft.protocol &&
    first.action === draft.action &&
    isSame(first.classes, draft.classes) &&
    isSame(first.targets, draft.targets) &&
    first.user === draft.user &&
    first.notAssessable === draft.notAssessable
  if (!isAlike) return undefined
  const changed: Record<string, Fields[string]> = {}
  // The same names in the same order, as records are printed in it.
  const names = Object.keys(first.fields)
  let at = 0
  for (const name in fields) {
    if (name !== names[at++]) return undefined
    const value = fields[name] as Fields[string]
    if (value !== first.fields[name]) changed[name] = value
  }
  return at === names.length ? { values, numbers, fields: changed } : undefined
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((one, at) => one === b[at]))
}

export function changed(first: DraftTold, { values, numbers, fields }: DraftChange): DraftTold {
  return { ...first, values, numbers, fields: { ...first.fields, ...fields } }
}

export function draftTold(draft: OperationDraft): DraftTold {
  return {
    protocol: draft.protocol,
    action: draft.action,
    classes: draft.classes,
    targets: draft.targets,
    values: draft.values,
    numbers: draft.numbers,
    kind: draft.kind,
    user: draft.user,
    fields: draft.fields,
    notAssessable: draft.notAssessable,
  }
}

export function answerTold(answer: Answer | undefined): Answer | undefined {
  if (answer === undefined) return undefined
  const { outcome, status, values, numbers, fields } = answer
  return {
    outcome,
    ...(status === undefined ? {} : { status }),
    ...(values === undefined ? {} : { values }),
    ...(numbers === undefined ? {} : { numbers }),
    ...(fields === undefined ? {} : { fields }),
  }
}
