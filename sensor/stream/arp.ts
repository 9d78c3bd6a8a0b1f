/**
 * ARP (RFC 826) as operations: who claims which address. What does not change is told once a
 * minute per sender and target, as a plant's ARP repeats itself all day.
 */
import type { Endpoint, Operation, OperationDraft } from '../operation.ts'
import type { Packet } from '../packet/packet.ts'
import { ip4Text, macText } from '../packet/address.ts'
import { labelsOf } from '../packet/labels.ts'
import type { StreamContext } from './context.ts'
import { FlowRecord } from './flow.ts'

/** Pairs per generation: a /16 scanned from one host fills it once. */
const PAIRS_MAX = 16_384
const REPEAT = 60_000_000

interface Statement {
  readonly flow: FlowRecord
  readonly draft: OperationDraft
  readonly mac: string
  told: number
}

export class ArpTable {
  /** Statements that were told, and those that say the same again. */
  told = 0
  repeated = 0
  dropped = 0
  #young = new Map<string, Statement>()
  #old = new Map<string, Statement>()
  readonly #context: StreamContext

  constructor(context: StreamContext) {
    this.#context = context
  }

  packet(p: Packet): void {
    const { view, payload: at } = p
    const asks = view.getUint16(at + 6) === 1
    const sender = view.getUint32(at + 14)
    const target = view.getUint32(at + 24)
    const mac = macText(p.bytes, at + 8)
    const key = `${asks} ${sender} ${target} ${mac} ${p.vlans().join('.')}`
    const known = this.#young.get(key) ?? this.#old.get(key)
    if (known !== undefined && p.time - known.told < REPEAT && p.time >= known.told) {
      this.repeated++
      this.#keep(key, known)
      return
    }
    const statement = known ?? this.#state(p, asks, sender, target, mac)
    statement.told = p.time
    this.#keep(key, statement)
    this.#tell(statement, p)
  }

  #keep(key: string, statement: Statement): void {
    if (this.#young.has(key)) return
    if (this.#young.size >= PAIRS_MAX) {
      this.dropped += this.#old.size
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, statement)
  }

  #state(p: Packet, asks: boolean, sender: number, target: number, mac: string): Statement {
    const at = p.payload
    // A probe (RFC 5227 section 1.1) has no sender address yet: it asks for its target.
    const senderIp = sender === 0 ? '' : ip4Text(sender)
    const targetIp = ip4Text(target)
    const targetMac = asks ? '' : macText(p.bytes, at + 18)
    const client: Endpoint = { ip: senderIp, port: 0, mac }
    const server: Endpoint = { ip: targetIp, port: 0, mac: targetMac }
    const number = this.#context.nextFlow()
    const flow = new FlowRecord(number, 'arp', client, server, 'shape', p.vlans(), labelsOf(p))
    const action = asks ? 'ARP request' : 'ARP reply'
    const claimed = senderIp === '' ? targetIp : senderIp
    const draft: OperationDraft = {
      action,
      classes: [asks ? 'other' : 'identify'],
      targets: [claimed],
      values: [mac],
      kind: `${action} ${claimed} ${targetIp} ${mac}`,
      fields: {},
    }
    return { flow, draft, mac, told: 0 }
  }

  #tell(statement: Statement, p: Packet): void {
    this.told++
    const { flow, draft } = statement
    const operation: Operation = {
      protocol: 'arp',
      flow,
      client: flow.client,
      server: flow.server,
      time: p.time,
      sequence: this.#context.nextSequence(),
      draft,
      item: 0,
      packets: [p.number],
      answer: undefined,
      answered: 0,
      notAssessable: [],
      slot: undefined,
    }
    this.#context.sink.requested(operation)
    this.#context.sink.completed(operation)
  }
}
