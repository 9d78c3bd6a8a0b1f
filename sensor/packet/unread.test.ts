import { expect, test } from 'vitest'
import { OTHER_ETHERTYPE, OTHER_LINK, OTHER_TRANSPORT, TCP } from './outcome.ts'
import { UNREAD_FAMILY, UNREAD_LLC, UNREAD_PPP, Unread } from './unread.ts'

test('what is not read is counted by what it says it is, the most frequent first', () => {
  const unread = new Unread()
  for (let i = 0; i < 5; i++) unread.add(OTHER_ETHERTYPE, 0x8892)
  for (const kind of [0x88cc, UNREAD_LLC | 0x42, UNREAD_PPP | 0xc021, UNREAD_FAMILY | 7, 0x88cc]) {
    unread.add(OTHER_ETHERTYPE, kind)
  }
  unread.add(OTHER_TRANSPORT, 1)
  unread.add(OTHER_LINK, 105)
  expect(unread.add(TCP, 6)).toBe(false)
  expect(unread.counts()).toEqual({
    etherTypes: {
      '0x8892': 5,
      '0x88cc': 2,
      'ppp-0xc021': 1,
      'family-7': 1,
      'llc-0x42': 1,
    },
    transports: { 'ip-1': 1 },
    links: { 'link-105': 1 },
  })
  expect(Object.keys(unread.counts().etherTypes)[0]).toBe('0x8892')
})

test('a scan of all types fills the table, and the rest is counted together', () => {
  const unread = new Unread()
  for (let type = 0x0600; type < 0x0700; type++) unread.add(OTHER_ETHERTYPE, type)
  const { etherTypes } = unread.counts()
  expect(Object.keys(etherTypes)).toHaveLength(65)
  expect(etherTypes['rest']).toBe(256 - 64)
})
