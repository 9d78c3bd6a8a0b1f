/** Operations as the sensor tells them, for tests of what judges them. */
import type { Conversation, Flow, Operation, OperationClass, OperationDraft } from '#sensor'

export interface ExampleFlow {
  client?: string
  server?: string
  port?: number
  clientMac?: string
  serverMac?: string
  transport?: Flow['transport']
  reason?: Flow['initiatorReason']
  proven?: boolean
  vlans?: number[]
}

let flows = 0

export function exampleFlow(given: ExampleFlow = {}): Flow {
  flows++
  return {
    number: flows,
    transport: given.transport ?? 'tcp',
    client: { ip: given.client ?? '10.20.0.5', port: 40_000, mac: given.clientMac ?? '' },
    server: {
      ip: given.server ?? '10.10.1.10',
      port: given.port ?? 502,
      mac: given.serverMac ?? '',
    },
    initiatorReason: given.reason ?? 'syn',
    proven: given.proven ?? true,
    vlans: given.vlans ?? [],
    id: `1:example${flows}`,
    slot: undefined,
  }
}

type Draft = Partial<{ -readonly [K in keyof OperationDraft]: OperationDraft[K] }>

export interface ExampleOperation extends ExampleFlow, Draft {
  protocol?: string
  /** µs. */
  time?: number
  flow?: Flow
  packet?: number
}

let sequence = 0

export function exampleOperation(given: ExampleOperation): Operation {
  const { protocol = 'modbus', time = 1e15, packet = 1 } = given
  const flow = given.flow ?? exampleFlow(given)
  sequence++
  const draft: OperationDraft = {
    action: given.action ?? 'Read Holding Registers',
    classes: given.classes ?? ['read'],
    targets: given.targets ?? [],
    kind: given.kind ?? JSON.stringify([given.action, given.targets, given.fields]),
    fields: given.fields ?? {},
    ...(given.numbers === undefined ? {} : { numbers: given.numbers }),
    ...(given.user === undefined ? {} : { user: given.user }),
    ...(given.notAssessable === undefined ? {} : { notAssessable: given.notAssessable }),
  }
  return {
    protocol,
    flow,
    client: flow.client,
    server: flow.server,
    time,
    sequence,
    draft,
    item: 0,
    packets: [packet],
    answer: undefined,
    answered: 0,
    notAssessable: [],
    slot: undefined,
  }
}

const codes: Readonly<Record<number, readonly [string, readonly OperationClass[]]>> = {
  3: ['Read Holding Registers', ['read']],
  6: ['Write Single Register', ['write']],
  8: ['Restart Communications Option', ['control']],
  16: ['Write Multiple Registers', ['write']],
  23: ['Read/Write Multiple Registers', ['write', 'read']],
  43: ['Read Device Identification', ['identify']],
}

/** One Modbus request by its function code. */
export function modbus(
  code: number,
  targets: readonly string[] = [],
  given: ExampleOperation & { unit?: number; sub?: number } = {},
): Operation {
  const [action, classes] = codes[code] ?? [`Function ${code}`, ['other' as const]]
  const fields: Record<string, number> = {
    'modbus.unit_id': given.unit ?? 1,
    'modbus.function_code': code,
  }
  if (given.sub !== undefined) fields['modbus.subfunction_code'] = given.sub
  const kind = `${given.unit ?? 1}/${code}/${targets.join()}`
  return exampleOperation({ action, classes, targets, kind, ...given, fields })
}

export function exampleConversation(
  given: ExampleFlow & Partial<Omit<Conversation, 'flow'>> = {},
): Conversation {
  return {
    flow: exampleFlow({ proven: false, ...given }),
    sequence: 1,
    start: 1e15,
    end: 1e15,
    state: 'established',
    protocol: '',
    clientPackets: 3,
    clientBytes: 400,
    serverPackets: 2,
    serverBytes: 400,
    toldPackets: 0,
    toldBytes: 0,
    operations: {},
    packet: 1,
    phase: 'end',
    ...given,
  }
}
