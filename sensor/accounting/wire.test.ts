/** What an interface and the kernel count, and what that says of packets lost between them. */
import { describe, expect, test } from 'vitest'
import type { CaptureStatus, InterfaceStatus } from '../capture/capture.ts'
import { sum } from './account.ts'
import { handedAccount } from './handed.ts'
import { wireAccounts } from './wire.ts'

const status: InterfaceStatus = {
  name: 'eth1',
  way: 'ring',
  packets: 90,
  received: 90,
  dropped: 10,
  droppedByInterface: undefined,
  freezes: 0,
  transmitted: 0,
  counters: { rx_packets: 100, rx_missed_errors: 7, tx_packets: 0 },
  silentMs: 0,
  away: undefined,
  gaps: [],
  limits: [],
  edges: 0,
}

function captured(...interfaces: Partial<InterfaceStatus>[]): CaptureStatus {
  return {
    name: 'eth1',
    packets: 90,
    bytes: 0,
    first: undefined,
    last: undefined,
    linkTypes: [],
    truncated: undefined,
    dropped: 10,
    ...(interfaces.length === 0
      ? {}
      : { interfaces: interfaces.map((more) => ({ ...status, ...more })) }),
  }
}

const counters = (rx_packets: number, tx_packets = 0): Record<string, number> => {
  return { rx_packets, rx_missed_errors: 7, tx_packets }
}
const gap = { number: 1, begin: 0, end: 1, reason: 'down' }
const away = { begin: 0, reason: 'down' }

describe('the wire', () => {
  test.each<[string, Partial<InterfaceStatus>, number | undefined, RegExp]>([
    ['all is there', {}, 0, /^$/],
    ['some are not', { counters: counters(103) }, 3, /^$/],
    ['there are more than came', { counters: counters(99) }, -1, /^$/],
    ['a filter leaves some out', { counters: counters(103), filtered: true }, 0, /^$/],
    ['not even a filter makes more', { counters: counters(99), filtered: true }, -1, /^$/],
    ['some came at the edges', { counters: counters(103), edges: 3 }, 0, /^$/],
    ['too many for the edges', { counters: counters(104), edges: 3 }, 4, /^$/],
    [
      'the edges are not known',
      { counters: counters(103), edges: undefined },
      undefined,
      /3 apart/,
    ],
    ['it was away', { counters: counters(103), gaps: [gap] }, undefined, /away.*3 apart/],
    ['it is away', { counters: counters(103), away }, undefined, /away.*3 apart/],
    ['what is sent is seen too', { counters: counters(98, 2) }, 0, /^$/],
    ['and is not counted alike', { counters: counters(98, 5) }, undefined, /sends.*3 apart/],
    ['loopback sends what it receives', { name: 'lo', counters: counters(100, 100) }, 0, /^$/],
    ['no drop counter', { way: 'cap', dropped: undefined }, undefined, /cap does not.*dropped/],
    ['no kernel counter', { way: 'pipe', received: undefined }, undefined, /pipe does not.*handed/],
    ['no interface', { name: 'any', counters: undefined }, undefined, /any has no counters/],
  ])('%s', (_name, change, residue, reason) => {
    const [account] = wireAccounts(captured(change), true)
    expect([account?.residue, account?.reason]).toEqual([residue, expect.stringMatching(reason)])
    const { left = [], right = [] } = account ?? {}
    if (residue !== undefined) expect(sum(left) - sum(right)).toBe(residue)
  })

  test('is settled while packets come in only where both sides are equal', () => {
    const residue = (change: Partial<InterfaceStatus>): number | undefined =>
      wireAccounts(captured(change), false)[0]?.residue
    expect(residue({})).toBe(0)
    expect(residue({ counters: counters(103) })).toBeUndefined()
    expect(residue({ counters: counters(103), silentMs: 2000 })).toBe(3)
  })

  test('is told for each interface, and not for files', () => {
    const parts = wireAccounts(captured({}, { name: 'eth2' }), true).map(({ part }) => part)
    expect(parts).toEqual(['wire eth1', 'wire eth2'])
    for (const file of [captured(), undefined]) {
      expect(wireAccounts(file, true)).toMatchObject([{ part: 'wire', residue: undefined }])
    }
  })
})

describe('what was handed over', () => {
  const taken = { packets: 90 }
  const run = { counters: taken, ended: true }

  test.each([
    ['all was looked at', { ...run, capture: captured({}) }, 0, 1],
    ['of a file', { ...run, capture: captured() }, 0, 1],
    ['some was not', { ...run, capture: captured({ received: 95 }) }, 5, 1],
    ['some waits', { ...run, ended: false, capture: captured({ received: 95 }) }, 0, 2],
    ['it was stopped', { ...run, stopped: true, capture: captured({ received: 95 }) }, 0, 2],
    ['some was left in a buffer', { ...run, capture: captured({ received: 95, unread: 5 }) }, 0, 2],
    ['more than there was', { ...run, capture: captured({ received: 80 }) }, -10, 1],
    ['an old count', { ...run, ended: false, capture: captured({ received: 80 }) }, undefined, 1],
    ['nobody knows', { ...run, capture: undefined }, undefined, 1],
  ])('%s', (_name, handed, residue, terms) => {
    const account = handedAccount(handed)
    expect([account.residue, account.right.length]).toEqual([residue, terms])
    expect(account.reason === '').toBe(residue !== undefined)
  })
})
