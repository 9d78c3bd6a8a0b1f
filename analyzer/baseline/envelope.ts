/**
 * What values a target usually takes. Heartbeats, clocks, counters and halves of floats leave any
 * range, so a target first has a shape, and only three shapes have an envelope (quiet.md).
 */

export type Shape = 'constant' | 'set' | 'range' | 'counter' | 'toggle' | 'noise'

/** Different values kept apart; more make a range. */
const DISTINCT_MAX = 32
const SET_MAX = 8
/** Below this an entry is immature (quiet.md). */
const SAMPLES_MATURE = 20
/** Equal steps upwards, all of them: a counter shows early. */
const COUNTER_SAMPLES_MIN = 6
/** Half of a 16-bit register's span: what jumps about in less is a process value. */
const NOISE_SPAN_MIN = 16_384
/** Uniform noise moves a third of its span on average; a process value far less. */
const NOISE_MOVE_MIN = 1 / 6
/**
 * Of n different samples of what wanders evenly, the ends of its range are each missed by a share
 * of 1/n on
 * average, and by five times that in one of 150 cases: so much is left free at either end, and no
 * less than a tenth, for a plant's days differ.
 */
const MARGIN_SAMPLES = 5
const MARGIN_MIN = 0.1
const MARGIN_MAX = 0.5
/** A step is odd beyond this many of the largest learned, and half of the span. */
const STEP_FACTOR = 3
const APPROVED_MAX = 64
/** The other value of a toggle besides 0: bits, bytes, MAP 6.5 coils, whole registers. */
const toggleHighs = new Set([1, 255, 0xff00, 65_535])

export interface EnvelopeState {
  samples: number
  min: number
  max: number
  /** Largest and smallest change between neighbours. */
  step: number
  least: number
  /** Sum of all changes, upwards or downwards. */
  moved: number
  changes: number
  rises: number
  /** Different values; empty where they are too many. */
  values: number[]
  /** Values and steps that people approved. */
  approved: number[]
  approvedStep: number
}

export interface ValueVerdict {
  readonly verdict: 'in-range' | 'out-of-range' | 'step' | 'no-envelope'
  readonly low: number
  readonly high: number
  /** In learned spans; 0 where it is in range. */
  readonly excess: number
}

interface Limits {
  readonly none: boolean
  /** Learned and approved. */
  readonly low: number
  readonly high: number
  readonly span: number
  /** With the margin that few samples leave. */
  readonly least: number
  readonly most: number
  /** A larger change is odd. */
  readonly step: number
}

const inRange: ValueVerdict = { verdict: 'in-range', low: 0, high: 0, excess: 0 }
const noEnvelope: ValueVerdict = { verdict: 'no-envelope', low: 0, high: 0, excess: 0 }

export class Envelope {
  readonly state: EnvelopeState
  #last = Number.NaN
  #before = Number.NaN
  #shape: Shape | undefined
  /** Worked out when first asked for: values come far oftener than the envelope changes. */
  #limits: Limits | undefined

  constructor(state?: EnvelopeState) {
    this.state = state ?? {
      samples: 0,
      min: Infinity,
      max: -Infinity,
      step: 0,
      least: Infinity,
      moved: 0,
      changes: 0,
      rises: 0,
      values: [],
      approved: [],
      approvedStep: 0,
    }
  }

  get shape(): Shape {
    this.#shape ??= shapeOf(this.state)
    return this.#shape
  }

  learn(value: number): void {
    const { state } = this
    this.#shape = undefined
    this.#limits = undefined
    state.samples++
    if (value < state.min) state.min = value
    if (value > state.max) state.max = value
    const { values } = state
    if (state.samples === 1) values.push(value)
    else if (values.length > 0 && !values.includes(value)) {
      if (values.length >= DISTINCT_MAX) values.length = 0
      else values.push(value)
    }
    const change = value - this.#last
    this.#last = value
    if (Number.isNaN(change) || change === 0) return
    const size = Math.abs(change)
    state.changes++
    state.moved += size
    if (change > 0) state.rises++
    if (size > state.step) state.step = size
    if (size < state.least) state.least = size
  }

  /** Judges a value and remembers it as the newest: the next step is counted from it. */
  judge(value: number): ValueVerdict {
    this.#before = this.#last
    this.#last = value
    return this.peek(value)
  }

  /** Judges a value as if it came next; the newest stays the newest. */
  aside(value: number): ValueVerdict {
    const before = this.#before
    this.#before = this.#last
    const verdict = this.peek(value)
    this.#before = before
    return verdict
  }

  /** Judges the newest value again. */
  peek(value: number): ValueVerdict {
    const limits = (this.#limits ??= limitsOf(this.state, this.shape))
    if (limits.none) return noEnvelope
    const step = Math.abs(value - this.#before)
    if (value >= limits.least && value <= limits.most && !(step > limits.step)) return inRange
    const { low, high, span } = limits
    if (value < limits.least || value > limits.most) {
      const excess = (value < low ? low - value : value - high) / span
      return { verdict: 'out-of-range', low, high, excess }
    }
    const { min, max, step: learned, approvedStep } = this.state
    // Beyond what was learned somebody approved the value, and with it the way there.
    if (value < min || value > max) return inRange
    const usual = Math.max(learned, approvedStep)
    return { verdict: 'step', low, high, excess: (step - usual) / span }
  }

  approve(value: number): void {
    this.#limits = undefined
    const { approved } = this.state
    if (!approved.includes(value) && approved.length < APPROVED_MAX) approved.push(value)
  }

  approveStep(step: number): void {
    this.#limits = undefined
    this.state.approvedStep = Math.max(this.state.approvedStep, step)
  }

  revoke(value: number): void {
    this.#limits = undefined
    this.state.approved = this.state.approved.filter((item) => item !== value)
  }

  revokeStep(): void {
    this.#limits = undefined
    this.state.approvedStep = 0
  }
}

function limitsOf(state: EnvelopeState, shape: Shape): Limits {
  const low = Math.min(state.min, ...state.approved)
  const high = Math.max(state.max, ...state.approved)
  const span = spanOf(low, high)
  const margin = shape === 'range' ? span * marginOf(state) : 0
  const usual = Math.max(state.step, state.approvedStep)
  const steps = shape === 'range' && state.samples >= SAMPLES_MATURE
  return {
    none: shape === 'counter' || shape === 'toggle' || shape === 'noise',
    low,
    high,
    span,
    least: low - margin,
    most: high + margin,
    step: steps ? Math.max(usual * STEP_FACTOR, span / 2) : Infinity,
  }
}

/** A constant has no span of its own: a tenth of it, or one. */
function spanOf(low: number, high: number): number {
  if (high > low) return high - low
  return Math.abs(low) * 0.1 || 1
}

/** A recipe that comes round again says nothing more about the range. */
function marginOf({ samples, values }: EnvelopeState): number {
  const different = values.length > 0 ? values.length : samples
  return Math.min(MARGIN_MAX, Math.max(MARGIN_MIN, MARGIN_SAMPLES / different))
}

function shapeOf(state: EnvelopeState): Shape {
  const { samples, min, max, values, changes, rises, step, least, moved } = state
  const few = values.length > 0
  if (few && values.length === 1) return 'constant'
  const pairs = samples - 1
  if (few && values.length === 2 && min === 0 && toggleHighs.has(max)) {
    if (samples >= 4 && changes >= pairs / 2) return 'toggle'
  }
  if (samples >= COUNTER_SAMPLES_MIN && changes === pairs && rises === changes && step === least) {
    return 'counter'
  }
  if ((!few || values.length > SET_MAX) && samples >= SAMPLES_MATURE) {
    // A counter wraps now and then, so a few of its changes go down.
    if (changes >= pairs * 0.9 && rises >= changes * 0.95) return 'counter'
    const span = max - min
    if (span >= NOISE_SPAN_MIN && moved / pairs >= span * NOISE_MOVE_MIN) return 'noise'
  }
  return few && values.length <= SET_MAX && samples >= values.length * 5 ? 'set' : 'range'
}
