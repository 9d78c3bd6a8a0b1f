import { expect, test } from 'vitest'
import type { Patience } from './shipper-process.ts'
import { DEATHS_MAX, keepShipper } from './shipper-process.ts'

interface Told {
  said: string[]
  pauses: number[]
  patience: Patience
  pass: (ms: number) => void
}

function watching(): Told {
  let now = 0
  const [said, pauses]: [string[], number[]] = [[], []]
  const patience: Patience = {
    now: () => now,
    sleep: (ms) => Promise.resolve(void pauses.push(ms)),
    say: (line) => void said.push(line),
  }
  return { said, pauses, patience, pass: (ms) => (now += ms) }
}

test('one that dies is started again, later each time, and given up in words', async () => {
  const { said, pauses, patience } = watching()
  let starts = 0
  const start = (): Promise<number | null> => Promise.resolve(++starts % 2 === 0 ? null : 2)
  await keepShipper(start, new AbortController().signal, patience)
  expect(starts).toBe(DEATHS_MAX)
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000])
  expect(said[0]).toBe('the shipper ended with code 2; it is started again in 1 s.')
  expect(said[1]).toBe('the shipper was killed; it is started again in 2 s.')
  expect(said.at(-2)).toMatch(/8 times in a row: it is not started again/)
  expect(said.at(-1)).toMatch(/fieldtap shipper/)
})

test('who lived for long is not held to what came before', async () => {
  const { pauses, patience, pass } = watching()
  const stop = new AbortController()
  let starts = 0
  const start = (): Promise<number | null> => {
    pass(++starts % 3 === 0 ? 600_000 : 10)
    if (starts === 30) stop.abort()
    return Promise.resolve(2)
  }
  await keepShipper(start, stop.signal, patience)
  expect(starts).toBe(30)
  expect(Math.max(...pauses)).toBe(4000)
})

test('who is stopped is not missed', async () => {
  const { said, patience } = watching()
  const stop = new AbortController()
  const start = (): Promise<number | null> => {
    stop.abort()
    return Promise.resolve(0)
  }
  await keepShipper(start, stop.signal, patience)
  expect(said).toEqual([])
})
