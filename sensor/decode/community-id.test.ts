import { expect, test } from 'vitest'
import { communityId } from './community-id.ts'

const loopback = [0, 0, 0, 1]

function ip4(text: string): number[] {
  return [text.split('.').reduce((word, byte) => word * 256 + Number(byte), 0) | 0]
}

// The specification's own example, then flows of the corpus as tshark 4.0.17 names them.
test.each([
  [6, 4, ip4('128.232.110.120'), 34_855, ip4('66.35.250.204'), 80, 'LQU9qZlK+B5F3KDmev6m5PMibrg='],
  [6, 4, ip4('10.0.1.4'), 49_327, ip4('198.41.30.241'), 1883, 'XPij4pWgjIBhZRFUCxg5eIlP8js='],
  [6, 6, loopback, 38_154, loopback, 1883, 'FRb+xwUHr+//wtebFPSngaGVsZs='],
])('transport %i over IPv%i', (transport, family, a, aPort, b, bPort, hash) => {
  expect(communityId(transport, family, a, aPort, b, bPort)).toBe(`1:${hash}`)
  expect(communityId(transport, family, b, bPort, a, aPort)).toBe(`1:${hash}`)
})
