import { expect, test } from 'vitest'
import { Bindings } from './bindings.ts'

const macOf = (at: number): string => {
  const hex = at.toString(16).padStart(6, '0')
  return `00:80:f4:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`
}

test('forged adapters make way, those in use stay, and what was forgotten is counted', () => {
  const counters = { adaptersForgotten: 0 }
  const bindings = new Bindings(counters)
  const used = '00:80:f4:ff:ff:ff'
  bindings.carry(used, '10.0.0.1')
  for (let at = 0; at < 200_000; at++) {
    bindings.carry(macOf(at), '10.0.0.2')
    if (at % 1000 === 0) bindings.carry(used, '10.0.0.1')
  }
  expect(bindings.carriesOnly(used, '10.0.0.1')).toBe(true)
  expect(bindings.carriesOnly(macOf(0), '10.0.0.2')).toBe(false)
  const kept = Array.from({ length: 200_000 }, (_, at) =>
    bindings.carriesOnly(macOf(at), '10.0.0.2'),
  )
  expect(counters.adaptersForgotten).toBe(200_000 - kept.filter(Boolean).length)
})
