import { expect, test } from 'vitest'
import { interfaceReasons } from './interface-health.ts'

const port = { name: 'eth1', dropped: 0, silentMs: 0, gaps: [] }

test('frames of this machine are no reason to doubt what came in', () => {
  const { red, amber } = interfaceReasons([{ ...port, transmitted: 1 }], true)
  expect(red).toEqual([])
  expect(amber).toHaveLength(1)
  expect(amber[0]).toContain('1 frame left by eth1: this machine itself sent there')
  expect(amber[0]).toContain('sysctl net.ipv6.conf.eth1.disable_ipv6=1')
  expect(amber[0]).toContain('ip link set eth1 arp off')
})

test.each([0, undefined])('%s frames are nothing to tell', (transmitted) => {
  expect(interfaceReasons([{ ...port, transmitted }], true)).toEqual({ red: [], amber: [] })
})

test('a port that is away is one', () => {
  const away = { begin: 0, reason: 'down' }
  const { red } = interfaceReasons([{ ...port, away, transmitted: 2 }], true)
  expect(red).toEqual(['nothing is captured on eth1 since 1970-01-01 00:00:00 UTC: down'])
})

test.each([
  [{ silentMs: 61_000 }, 'no packet for 61 s on eth1: '],
  [{ away: { begin: 0, reason: 'no carrier' } }, 'UTC: no carrier; '],
])('silence comes with what to check', (more, said) => {
  const { red } = interfaceReasons([{ ...port, ...more }], true)
  expect(red[0]).toContain(`${said}check the cable and the switch's mirror session`)
})
