/** The envelopes of all targets of a site, whoever writes them, and what a new value is to them. */
import type { Operation } from '#sensor'
import type { Facts } from '../facts.ts'
import type { Asset } from '../inventory/asset.ts'
import { targetsOf } from '../zones/entry-match.ts'
import { word } from './entry.ts'
import { Envelope } from './envelope.ts'
import type { ValueVerdict } from './envelope.ts'

/** Registers, nodes, topics and metrics with values: a large plant has some ten thousand. */
const ENVELOPES_MAX = 200_000
/** Values of one operation: a Modbus write has 1,968 coils at most (MAP 6.11). */
const ITEMS_MAX = 2000
/** Numbers of one message body. */
const PARTS_MAX = 64
/** Kinds of operation whose envelopes are kept at hand, of one server. */
const HANDLES_MAX = 8192
/** Their items in all, over all servers; then they are made anew. */
const HANDLE_ITEMS_MAX = 400_000

const REGISTERS = /^(coil|discrete|input|holding):(\d+)(?:-(\d+))?$/
const VALUE_ENTRY = /^value (.+?) (step )?= (-?[0-9.eE+-]+)$/
const valued = ['write', 'command', 'publish'] as const

/** The envelopes of one kind of operation, in the order of its numbers. */
interface Handle {
  readonly protocol: string
  /** Numbers that it was made for. */
  readonly length: number
  readonly keys: readonly string[]
  readonly envelopes: (Envelope | undefined)[]
  /** Number of envelopes known when this was made: a new one may be its own. */
  version: number
}

interface Odd {
  readonly key: string
  readonly value: number
  readonly envelope: Envelope
  readonly verdict: ValueVerdict
}

export class Values {
  refused = 0
  readonly #envelopes = new Map<string, Envelope>()
  #handles = new WeakMap<Asset, Map<string, Handle>>()
  #version = 1
  #items = 0

  /** Learns the numbers of an operation. */
  learn(operation: Operation, destination: Asset, server: string): void {
    const { numbers } = operation.draft
    if (numbers === undefined || numbers.length > ITEMS_MAX) return
    const { keys, envelopes } = this.#handle(operation, destination, server)
    for (let at = 0; at < keys.length; at++) {
      const value = numbers[at]!
      if (!Number.isFinite(value)) continue
      let envelope = envelopes[at]
      if (envelope === undefined) {
        envelope = this.#make(keys[at]!)
        envelopes[at] = envelope
      }
      envelope?.learn(value)
    }
  }

  /** `aside`: what the next value is held against stays as it was. */
  judge(
    operation: Operation,
    destination: Asset,
    server: string,
    aside = false,
  ): Facts | undefined {
    const worst = this.#worst(operation, destination, server, aside)
    if (worst === undefined) return undefined
    const { envelope, verdict } = worst
    const { state, shape } = envelope
    return {
      'ot.baseline.value': verdict.verdict,
      'ot.baseline.shape': shape,
      'ot.baseline.samples': state.samples,
      'ot.baseline.value_low': verdict.low,
      'ot.baseline.value_high': verdict.high,
      'ot.baseline.value_step': state.step,
      'ot.baseline.value_excess': Math.round(verdict.excess * 1000) / 1000,
    }
  }

  /** Entries that would make the odd values of an operation usual. */
  entries(operation: Operation, destination: Asset, server: string): string[] {
    const { numbers } = operation.draft
    if (numbers === undefined) return []
    const { keys, envelopes } = this.#handle(operation, destination, server)
    return keys.flatMap((key, at) => {
      const value = numbers[at]!
      const envelope = envelopes[at]
      if (envelope === undefined || !Number.isFinite(value)) return []
      const { verdict, low, high, excess } = envelope.peek(value)
      if (verdict === 'out-of-range') return [`value ${key} = ${value}`]
      if (verdict !== 'step') return []
      return [`value ${key} step = ${envelope.state.step + excess * (high - low)}`]
    })
  }

  /** False where the text is no entry of a known target. */
  approve(entry: string): boolean {
    const found = this.#parse(entry)
    if (found === undefined) return false
    if (found.step) found.envelope.approveStep(found.value)
    else found.envelope.approve(found.value)
    return true
  }

  revoke(entry: string): boolean {
    const found = this.#parse(entry)
    if (found === undefined) return false
    if (found.step) found.envelope.revokeStep()
    else found.envelope.revoke(found.value)
    return true
  }

  all(): IterableIterator<[string, Envelope]> {
    return this.#envelopes.entries()
  }

  put(key: string, envelope: Envelope): void {
    if (this.#envelopes.size >= ENVELOPES_MAX) this.refused++
    else this.#envelopes.set(key, envelope)
  }

  /** A step that is odd is told before what is in range, and what is out of range before it. */
  #worst(
    operation: Operation,
    destination: Asset,
    server: string,
    aside: boolean,
  ): Odd | undefined {
    const { numbers } = operation.draft
    if (numbers === undefined || numbers.length > ITEMS_MAX) return undefined
    const { keys, envelopes } = this.#handle(operation, destination, server)
    let worst: Odd | undefined
    for (let at = 0; at < keys.length; at++) {
      const value = numbers[at]!
      const envelope = envelopes[at]
      if (envelope === undefined || !Number.isFinite(value)) continue
      const verdict = aside ? envelope.aside(value) : envelope.judge(value)
      if (verdict.verdict === 'in-range' || verdict.verdict === 'no-envelope') continue
      if (worst === undefined || worse(verdict, worst.verdict)) {
        worst = { key: keys[at]!, value, envelope, verdict }
      }
    }
    return worst
  }

  #handle(operation: Operation, destination: Asset, server: string): Handle {
    const { draft } = operation
    const protocol = draft.protocol ?? operation.protocol
    let handles = this.#handles.get(destination)
    if (handles === undefined || handles.size >= HANDLES_MAX) {
      handles = new Map()
      this.#handles.set(destination, handles)
    }
    const known = handles.get(draft.kind)
    const length = draft.numbers?.length ?? 0
    if (known !== undefined && known.protocol === protocol && known.length === length) {
      if (known.version !== this.#version) this.#refresh(known)
      return known
    }
    const keys = keysOf(operation, protocol, server)
    this.#items += keys.length + 1
    if (this.#items > HANDLE_ITEMS_MAX) {
      this.#items = 0
      this.#handles = new WeakMap()
    }
    const envelopes = keys.map((key) => this.#envelopes.get(key))
    const made = { protocol, length, keys, envelopes, version: this.#version }
    handles.set(draft.kind, made)
    return made
  }

  #refresh(handle: Handle): void {
    handle.keys.forEach((key, at) => {
      handle.envelopes[at] ??= this.#envelopes.get(key)
    })
    handle.version = this.#version
  }

  #make(key: string): Envelope | undefined {
    const known = this.#envelopes.get(key)
    if (known !== undefined) return known
    if (this.#envelopes.size >= ENVELOPES_MAX) {
      this.refused++
      return undefined
    }
    const envelope = new Envelope()
    this.#envelopes.set(key, envelope)
    this.#version++
    return envelope
  }

  #parse(entry: string): { envelope: Envelope; value: number; step: boolean } | undefined {
    const match = VALUE_ENTRY.exec(entry)
    if (match === null) return undefined
    const envelope = this.#envelopes.get(match[1]!)
    const value = Number(match[3])
    if (envelope === undefined || !Number.isFinite(value)) return undefined
    return { envelope, value, step: match[2] !== undefined }
  }
}

const ranks = { 'no-envelope': 0, 'in-range': 0, step: 1, 'out-of-range': 2 } as const

function worse(a: ValueVerdict, b: ValueVerdict): boolean {
  return ranks[a.verdict] - ranks[b.verdict] > 0 || (a.verdict === b.verdict && a.excess > b.excess)
}

/** `10.1.3.4 modbus unit 1 write holding:40`, one for each number; none where they do not align. */
function keysOf(operation: Operation, protocol: string, server: string): string[] {
  const { draft } = operation
  const { classes, numbers = [], fields } = draft
  const wanted = valued.find((name) => classes.includes(name))
  if (wanted === undefined || numbers.length > ITEMS_MAX) return []
  const unit = fields['modbus.unit_id']
  const place = typeof unit === 'number' ? `${protocol} unit ${unit}` : protocol
  const prefix = `${server} ${place} ${wanted}`
  const targets = targetsOf(operation, wanted)
  const names = targets.flatMap(itemsOf)
  if (names.length === numbers.length) return names.map((name) => `${prefix} ${word(name)}`)
  const [target] = targets
  if (targets.length !== 1 || target === undefined || numbers.length > PARTS_MAX) return []
  return numbers.map((_, at) => `${prefix} ${word(`${target}[${at}]`)}`)
}

function itemsOf(target: string): string[] {
  const match = REGISTERS.exec(target)
  if (match === null || match[3] === undefined) return [target]
  const first = Number(match[2])
  const length = Number(match[3]) - first + 1
  if (length < 1 || length > ITEMS_MAX) return [target]
  return Array.from({ length }, (_, at) => `${match[1]}:${first + at}`)
}
