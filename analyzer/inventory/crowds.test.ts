import { beforeEach, describe, expect, test } from 'vitest'
import { Zones } from '../zones/zones.ts'
import { exampleConversation, exampleFlow, exampleOperation, modbus } from './examples.ts'
import type { ExampleFlow } from './examples.ts'
import { APART_LEARNING, APART_MAX, APART_PUBLIC_MAX, INSISTS, LISTED_MAX } from './crowds.ts'
import { Inventory, assetId } from './inventory.ts'
import type { AssetChange } from './inventory.ts'

const START = 1e15
const MINUTE = 60e6
const HOUR = 3600e6

let changes: AssetChange[]
let inventory: Inventory

function made(more: object = {}): Inventory {
  const onChange = (change: AssetChange): void => void changes.push(change)
  return new Inventory({ site: 'plant-a', zones: new Zones(undefined), onChange, ...more })
}

beforeEach(() => {
  changes = []
  inventory = made()
  // Controllers that everybody knows.
  inventory.know('10.10.1.10')
  inventory.know('10.10.1.11')
})

/** `number` of a stranger, from 0. */
function address(number: number): string {
  return `10.99.${number >> 8}.${number & 255}`
}

/** Whom it is judged as: an address, or what it is called. */
function asked(client: string, more: ExampleFlow & { time?: number } = {}): string {
  const { time = START, ...flow } = more
  const operation = exampleOperation({
    flow: exampleFlow({ client, proven: false, ...flow }),
    time,
  })
  const { source } = inventory.ends(operation)
  return source.ip[0] ?? source.name
}

function flood(from: number, count: number, more: ExampleFlow & { time?: number } = {}): string[] {
  return Array.from({ length: count }, (_, at) => asked(address(from + at), more))
}

function told(event: string): AssetChange[] {
  return changes.filter((change) => change.event === event)
}

describe('strangers that come in a burst', () => {
  test('some are told apart, the others are one party', () => {
    const seen = flood(0, APART_MAX + 3)
    expect(seen.slice(0, APART_MAX)).toEqual(
      Array.from({ length: APART_MAX }, (_, at) => address(at)),
    )
    expect(seen.slice(APART_MAX)).toEqual(['many addresses', 'many addresses', 'many addresses'])
    expect(told('new')).toHaveLength(APART_MAX)
    expect(inventory.counters.strangersTogether).toBe(3)
  })

  test('who was told apart stays so', () => {
    flood(0, APART_MAX + 1)
    expect(asked(address(0))).toBe(address(0))
    expect(asked(address(APART_MAX))).toBe('many addresses')
  })

  test('whom the baseline or the policy knows is never one of many', () => {
    inventory.know('10.98.0.1')
    flood(0, 1000)
    expect(asked('10.98.0.1')).toBe('10.98.0.1')
  })

  test('who is answered has room of its own, and is shown though that is used up', () => {
    flood(0, APART_MAX)
    const seen = flood(1000, APART_MAX + 2, { proven: true })
    expect(seen.slice(0, APART_MAX)).not.toContain('many addresses')
    expect(seen.slice(APART_MAX)).toEqual(['many addresses', 'many addresses'])
    const shown = inventory.assets().map(({ ip }) => ip[0])
    expect(shown).toContain(address(1000 + APART_MAX + 1))
    expect(told('new')).toHaveLength(2 * APART_MAX)
  })

  test('who comes again and again is told apart at last', () => {
    flood(0, APART_MAX)
    const seen = Array.from({ length: INSISTS }, () => asked('10.98.0.1'))
    expect(seen).toEqual([...Array(INSISTS - 1).fill('many addresses'), '10.98.0.1'])
  })

  test('a flood of one scope leaves room for others', () => {
    flood(0, 1000)
    expect(asked('192.0.2.1')).toBe('192.0.2.1')
  })

  test('an hour later there is room again', () => {
    flood(0, 1000)
    const seen = flood(2000, 40, { time: START + HOUR })
    expect(seen.filter((name) => name !== 'many addresses')).toHaveLength(APART_MAX)
  })

  test('times that go to and fro make no room', () => {
    flood(0, APART_MAX)
    const seen = Array.from({ length: 1000 }, (_, at) => {
      return asked(address(2000 + at), { time: START + (at % 2 === 0 ? 0 : MINUTE / 2) })
    })
    expect(seen.filter((name) => name !== 'many addresses')).toEqual([])
  })

  test('while learning there is room for a plant', () => {
    inventory.learning = true
    expect(flood(0, APART_LEARNING.asked)).not.toContain('many addresses')
    expect(asked('10.98.0.1')).toBe('many addresses')
    expect(flood(5000, APART_LEARNING.shown, { proven: true })).not.toContain('many addresses')
    expect(asked('10.98.0.3', { proven: true })).toBe('many addresses')
    inventory.learning = false
    expect(asked('10.98.0.2')).toBe('many addresses')
  })

  test('the internet has less of it', () => {
    inventory.learning = true
    const seen = Array.from({ length: APART_PUBLIC_MAX + 1 }, (_, at) => {
      return asked(`198.51.${at >> 8}.${at & 255}`)
    })
    expect(seen.indexOf('many addresses')).toBe(APART_PUBLIC_MAX)
  })

  test('servers that nobody has seen are one party too', () => {
    const servers = Array.from({ length: APART_MAX + 1 }, (_, at) => {
      const flow = exampleFlow({ client: '10.10.1.11', server: address(at), proven: false })
      return inventory.ends(exampleOperation({ flow })).destination
    })
    expect(servers.at(-2)?.ip).toEqual([address(APART_MAX - 1)])
    expect(servers.at(-1)?.name).toBe('many addresses')
  })

  test('attempts are none of it: who looks for a scan must see whom it tried', () => {
    for (let at = 0; at < 2 * APART_MAX; at++) {
      const server = address(at)
      const ends = inventory.conversation(
        exampleConversation({ server, state: 'attempted', serverPackets: 0 }),
      )
      expect(ends?.destination.ip).toEqual([server])
    }
  })
})

describe('what is told of it', () => {
  test('that it began, how many it was a minute later, and at the end', () => {
    // In a minute there is room for one more.
    flood(0, APART_MAX + 5)
    flood(1000, 10, { time: START + MINUTE })
    inventory.end(START + MINUTE)
    inventory.end(START + MINUTE)
    expect(told('crowd').map(({ count, sample, time }) => [count, sample, time])).toEqual([
      [1, address(APART_MAX), START],
      [6, address(1001), START + MINUTE],
      [14, address(1009), START + MINUTE],
    ])
    const [first] = told('crowd')
    expect(first?.asset).toMatchObject({
      id: assetId('plant-a', 'many  private'),
      scope: 'private',
    })
  })

  test('it is no asset itself', () => {
    flood(0, 2 * APART_MAX)
    expect(inventory.assets()).toHaveLength(APART_MAX + 1)
    expect(inventory.assets().filter(({ isMany }) => isMany === true)).toEqual([])
  })
})

test('what is shown of many is bounded, and what is seen again stays', () => {
  flood(0, APART_MAX, { proven: true })
  flood(0, 2 * APART_MAX, { proven: true })
  const first = address(APART_MAX)
  for (let at = 0; at < 2 * LISTED_MAX; at++) {
    asked(`172.${16 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`, { proven: true })
    if (at % 1000 === 0) asked(first, { proven: true })
  }
  expect(inventory.assets()).toHaveLength(1 + 2 * APART_MAX + LISTED_MAX)
  expect(inventory.assets().map(({ ip }) => ip[0])).toContain(first)
})

test('an operation over a proven flow shows both ends', () => {
  const { source, destination } = inventory.ends(modbus(3))
  expect([source.isMany, destination.isMany]).toEqual([undefined, undefined])
})
