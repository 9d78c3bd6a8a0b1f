import { expect, test } from 'vitest'
import type { Identity } from '#sensor'
import type { Asset } from './asset.ts'
import { addIdentity } from './attributes.ts'

const says = (attribute: string, value: string): Identity => {
  return { attribute, value, confidence: 'A', protocol: 'modbus', time: 1, packet: 1 } as Identity
}

test('what an asset says of itself is bounded, and what is not taken is counted', () => {
  const counters = { attributesRefused: 0, valuesPassedOver: 0 }
  const asset = { identity: {}, units: [] } as unknown as Asset
  const tell = (attribute: string, value: string): unknown => {
    return addIdentity(asset, says(attribute, value), counters)
  }
  for (let i = 0; i < 20; i++) tell('serial', `${i}`)
  expect(asset.identity['serial']).toHaveLength(16)
  tell('serial', '0')
  expect(counters).toEqual({ attributesRefused: 0, valuesPassedOver: 4 })
  for (let i = 0; i < 600; i++) tell(`object ${i}`, 'x')
  expect(Object.keys(asset.identity)).toHaveLength(512)
  expect(counters).toEqual({ attributesRefused: 600 - 511, valuesPassedOver: 4 })
})
