import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKind, contains, parseAddress, parsePrefix } from './address.ts'

describe('addresses', () => {
  test.each([
    ['10.1.2.3', 32, 0x0a010203n],
    ['255.255.255.255', 32, 0xffffffffn],
    ['::', 128, 0n],
    ['2001:db8::1', 128, 0x20010db8000000000000000000000001n],
    ['::ffff:10.0.0.1', 128, 0xffff0a000001n],
    ['1:2:3:4:5:6:7:8', 128, 0x00010002000300040005000600070008n],
  ])('%s', (text, bits, value) => {
    expect(parseAddress(text)).toEqual({ bits, value })
  })

  test.each([
    '',
    '10.1.2',
    '10.1.2.256',
    '10.1.2.03',
    '10.1.2.3.4',
    ' 10.1.2.3',
    '10.1.2.3 ',
    '1e1.1.1.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::g',
    '12345::',
    '::1.2.3',
    '1:2:3:4:5:6:7::8:9',
    'fe80::1%eth0',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  test.each(['10.0.0.0', '10.0.0.1/8', '10.0.0.0/33', '10.0.0.0/-1', '::/129', '10.0.0.0/', '/8'])(
    'prefix %j is none',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined()
    },
  )

  test.each([
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['100.64.0.1', 'private'],
    ['192.0.2.1', 'public'],
    ['169.254.1.1', 'link-local'],
    ['224.0.0.251', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['0.0.0.0', 'unspecified'],
    ['', 'unspecified'],
    ['fe80::1', 'link-local'],
    ['fd00::1', 'private'],
    ['ff02::fb', 'multicast'],
    ['2001:db8::1', 'public'],
    ['::ffff:10.0.0.1', 'private'],
  ])('%j is %s', (ip, kind) => {
    expect(addressKind(ip)).toBe(kind)
  })

  test('a prefix contains what shares its bits, and nothing else', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet), fc.integer({ min: 0, max: 32 }), (o, n) => {
        const address = parseAddress(o.join('.'))!
        const shift = BigInt(32 - n)
        const base = (address.value >> shift) << shift
        const parts = [24n, 16n, 8n, 0n].map((by) => (base >> by) & 255n)
        const prefix = parsePrefix(`${parts.join('.')}/${n}`)!
        expect(contains(prefix, address)).toBe(true)
        if (n === 0) return
        const flipped = { bits: 32 as const, value: address.value ^ (1n << BigInt(32 - n)) }
        expect(contains(prefix, flipped)).toBe(false)
      }),
    )
  })

  test('any text is an address or none, never an exception', () => {
    fc.assert(fc.property(fc.string(), (text) => void addressKind(text)))
  })
})
