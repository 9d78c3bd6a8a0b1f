import { expect, test } from 'vitest'
import { communityId } from './community-id.ts'

// The specification's own example, then flows of the corpus as tshark 4.0.17 names them.
test.each([
  [6, '128.232.110.120', 34_855, '66.35.250.204', 80, 'LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, '10.0.1.4', 49_327, '198.41.30.241', 1883, 'XPij4pWgjIBhZRFUCxg5eIlP8js='],
  [6, '::1', 38_154, '::1', 1883, 'FRb+xwUHr+//wtebFPSngaGVsZs='],
])('transport %i, %s port %i', (transport, ip, port, otherIp, otherPort, hash) => {
  expect(communityId(transport, ip, port, otherIp, otherPort)).toBe(`1:${hash}`)
  expect(communityId(transport, otherIp, otherPort, ip, port)).toBe(`1:${hash}`)
})

test('every form of the same IPv6 address is the same', () => {
  const id = (ip: string) => communityId(17, ip, 1, '2001:db8::2', 2)
  expect(id('2001:db8:0:0:0:0:0:1')).toBe(id('2001:db8::1'))
  expect(id('::ffff:10.0.0.1')).toBe(id('0:0:0:0:0:ffff:a00:1'))
  expect(id('fe80::')).toBe(id('fe80:0:0:0:0:0:0:0'))
  expect(id('fe80::')).not.toBe(id('::fe80'))
})
