import { expect, test } from 'vitest'
import * as sensor from '#sensor'
import { addressOrder, isoTime } from './rows.ts'

test.each([
  0, 1, 999, 1000, 1_795_263_840_863_300, 1_795_263_840_863_301.25, -1, -1500,
  4_294_967_295_999_999, 8.64e18, 9e18, -9e18,
])('%d is written as the sensor writes it', (us) => {
  expect(isoTime(us)).toBe(sensor.isoTime(us))
})

test('addresses are ordered as people read them', () => {
  const addresses = [
    { ip: ['10.0.0.9'], mac: [] },
    { ip: ['10.0.0.10'], mac: [] },
    { ip: ['192.168.1.1'], mac: [] },
    { ip: ['fe80::1'], mac: [] },
    { ip: [], mac: ['00:80:f4:10:20:01'] },
    { ip: [], mac: ['00:80:f4:10:20:02'] },
  ]
  const ordered = addresses
    .toReversed()
    .sort((a, b) => (addressOrder(a) < addressOrder(b) ? -1 : 1))
  expect(ordered).toEqual(addresses)
})
