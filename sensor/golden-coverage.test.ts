/**
 * Everything that the tables of the dissectors know is seen in a golden capture, or stands here
 * with the reason why not.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { openFile } from './capture/file.ts'
import type { Said } from './golden.ts'
import { captures, folder, play } from './golden.ts'
import { anomalyCodes, operationClasses } from './operation.ts'
import { outcomes } from './packet/outcome.ts'
import * as modbus from './protocols/modbus/functions.ts'
import { packetNames } from './protocols/mqtt/packets.ts'
import { services } from './protocols/opcua/encoding-ids.generated.ts'
import { messageTypes } from './protocols/opcua/message.ts'
import { DEVICE_TYPES, NODE_TYPES } from './protocols/sparkplug/topic.ts'

let said: readonly Said[] = []

beforeAll(async () => {
  said = await Promise.all(captures.map((name) => play(openFile(folder + name))))
})

/** Values of a field over all records, as text. */
function values(field: string): Set<string> {
  return new Set(
    said.flatMap(({ records }) =>
      records.flatMap((one) => {
        const value = one[field]
        return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)]
      }),
    ),
  )
}

/** Keys of a counter over all captures: `mqtt`, `type`. */
function counted(protocol: string, counter: string): Set<string> {
  return new Set(
    said.flatMap(({ counts }) => {
      const own = counts[protocol] as Record<string, Record<string, number>> | undefined
      return Object.keys(own?.[counter] ?? {})
    }),
  )
}

/** What is missing, and what is listed although it is seen. */
function expectSeen(
  registered: Iterable<string>,
  seen: ReadonlySet<string>,
  unseen: Readonly<Record<string, string>> = {},
): void {
  const names = [...registered]
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => !seen.has(name) && unseen[name] === undefined)).toEqual([])
  expect(Object.keys(unseen).filter((name) => seen.has(name) || !names.includes(name))).toEqual([])
}

describe('seen in a golden capture', () => {
  test('every Modbus function, its narrower functions, every exception', () => {
    const functions = { ...modbus.publicFunctions, ...modbus.legacyFunctions }
    expectSeen(Object.keys(functions), values('modbus.function_code'))
    const actions = values('event.action')
    const narrower = [modbus.diagnostics, modbus.encapsulatedInterfaces]
    expectSeen(
      narrower.flatMap((table) => Object.values(table).map((one) => one?.name ?? '')),
      actions,
    )
    expectSeen(Object.keys(modbus.exceptionCodes), values('modbus.exception_code'))
  })

  test('every public Modbus function both answered and refused', () => {
    const seen = (outcome: string): Set<string> =>
      new Set(
        said.flatMap(({ records }) =>
          records
            .filter((one) => one['event.outcome'] === outcome)
            .map((one) => String(one['modbus.function_code'])),
        ),
      )
    expectSeen(Object.keys(modbus.publicFunctions), seen('success'))
    expectSeen(Object.keys(modbus.publicFunctions), seen('failure'), {
      16: 'its exception is Acknowledge, which is no failure',
    })
  })

  test('every OPC UA service and message type', () => {
    const asked = [...services.values()].filter(({ role }) => role === 'request')
    expectSeen(new Set(asked.map(({ name }) => name)), values('opcua.service'), {
      QueryFirst: 'its filter is a language of its own; no server in the field offers it',
      SessionlessInvoke: 'carries a token of an authorization service; not in use in the field',
    })
    const chunks = messageTypes.flatMap((type) =>
      type === 'MSG' ? ['MSGF', 'MSGC', 'MSGA'] : [`${type}F`],
    )
    expectSeen(chunks, counted('opcua', 'chunks'))
  })

  test('every MQTT packet type, version and quality', () => {
    expectSeen(
      packetNames.map((_, type) => String(type)),
      counted('mqtt', 'type'),
      {
        0: 'reserved: no packet',
      },
    )
    expectSeen(['3', '4', '5'], counted('mqtt', 'version'))
    expectSeen(['0', '1', '2'], counted('mqtt', 'pubqos'))
  })

  test('every Sparkplug message type', () => {
    expectSeen(['STATE', ...NODE_TYPES, ...DEVICE_TYPES], counted('mqtt', 'sparkplug'))
  })

  test('every class of operations, every anomaly', () => {
    expectSeen(operationClasses, values('ot.operation.class'))
    expectSeen(anomalyCodes, values('ot.anomaly.code'), {
      'work-limit': 'takes 200,000 reads of one message, see opcua/hostile.test.ts',
      'chunk-limit': 'takes 4 MiB, see opcua/chunks.test.ts',
    })
  })

  test('every outcome of a packet', () => {
    const seen = said.flatMap(({ counters }) =>
      Object.entries(counters).flatMap(([name, count]) => (count > 0 ? [name] : [])),
    )
    expectSeen(
      outcomes.map((name) => `packets.${name}`),
      new Set(seen),
    )
  })
})
