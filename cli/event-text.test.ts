import { expect, test } from 'vitest'
import { eventText } from './event-text.ts'

test.each<[string, Record<string, unknown>, string]>([
  [
    'gap',
    {
      interface: 'eth1',
      begin: '2026-11-21T03:10:00.500000Z',
      end: 'B',
      seconds: 4.2,
      reason: 'down',
    },
    'nothing could be seen on eth1 for 4.2 s, from 2026-11-21 03:10:00 UTC on: it is down',
  ],
  ['gap', { seconds: 61, reason: 'silent' }, 'nothing could be seen for 61 s: it was silent'],
  ['loss', { interface: 'eth1', lost: 3, lost_in_all: 7 }, '3 packets were lost on eth1, 7 in all'],
  [
    'loss',
    { cause: 'upstream', bytes: 12_000, percent: 1.25 },
    '12\u2009000 bytes (1.25 %) were lost before the sensor in a minute',
  ],
  ['silence', { interface: 'eth1', seconds: 60 }, 'no packet on eth1 for 60 s'],
  [
    'silence',
    { interface: 'eth1', seconds: 60, reason: 'no carrier' },
    'no packet on eth1 for 60 s: no carrier',
  ],
  [
    'limit',
    { table: 'flows', count: 12 },
    'a bound was reached: 12 conversations were given up: too many at once',
  ],
  ['limit', { table: 'new', count: 1 }, 'a bound was reached: 1 did not fit into the table new'],
  [
    'store',
    { state: 'full', reason: 'the disk is full' },
    'the store keeps findings and no more observations: the disk is full',
  ],
  ['store', { state: 'ok' }, 'the store keeps everything again'],
  [
    'backlog',
    { observations: 43_210, documents: 3, seconds: 901, reason: 'old' },
    '43\u2009210 observations and 3 documents wait for the cluster, the oldest for 901 s',
  ],
  ['dead-letter', { count: 1 }, 'the cluster refused 1 document; kept aside, to be sent again'],
  ['clock', { back: 3.5 }, 'the clock of the capture went back by 3.5 s'],
  [
    'unaccounted',
    { identity: 'I2', part: 'packets', unit: 'packets', residue: 3, left: 10, right: 7 },
    'I2 packets does not balance: 10 against 7 packets',
  ],
  [
    'transmitted',
    { interface: 'eth1', frames: 2 },
    'this machine sent 2 frames on eth1: Fieldtap did not',
  ],
  ['transmitted', { frames: 1 }, 'this machine sent 1 frame: Fieldtap did not'],
  ['interface', { interface: 'b', change: 'renamed', from: 'a', to: 'b' }, 'a is called b now'],
  [
    'interface',
    { interface: 'eth1', change: 'away', begin: '2026-11-21T03:10:00.000000Z', reason: 'down' },
    'eth1 hears nothing since 2026-11-21 03:10:00 UTC: it is down',
  ],
  ['odd', { some_number: 5, list: ['a', 'b'] }, 'some number 5, list a, b'],
])('%s %j', (event, values, text) => {
  expect(eventText(event, values)).toBe(text)
})
