/** A live sensor whose mirror port shows it nothing at all. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Capture, InterfaceStatus } from '#sensor'
import { openStore } from '#analyzer'
import { loadInputs } from './inputs.ts'
import { SensorProcess } from './sensor-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-sensor-run-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const AWAY = Date.UTC(2026, 0, 1) * 1000

/** No packet comes, until it is closed. */
class Deaf implements Capture {
  readonly eth1: { -readonly [K in keyof InterfaceStatus]: InterfaceStatus[K] } = {
    name: 'eth1',
    way: 'ring',
    packets: 0,
    received: 0,
    dropped: 0,
    droppedByInterface: undefined,
    freezes: 0,
    transmitted: 0,
    counters: {},
    silentMs: 0,
    away: undefined,
    gaps: [],
    limits: [],
  }
  readonly #end = Promise.withResolvers<void>()

  async *batches(): AsyncGenerator<never> {
    await this.#end.promise
    yield* []
  }

  status(): ReturnType<Capture['status']> {
    const unknown = { first: undefined, last: undefined, truncated: undefined }
    const { name } = this.eth1
    return {
      name,
      packets: 0,
      bytes: 0,
      ...unknown,
      linkTypes: [],
      dropped: 0,
      interfaces: [this.eth1],
    }
  }

  close(): Promise<void> {
    this.#end.resolve()
    return Promise.resolve()
  }
}

async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('a mirror port that never shows a packet is told while it lasts', async () => {
  const store = await openStore(folder)
  const capture = new Deaf()
  const stop = new AbortController()
  const sensor = new SensorProcess({
    store,
    capture,
    mode: 'live',
    rereads: false,
    source: 'eth1',
    files: [],
    pipeline: { inputs: loadInputs({}), phase: 'learning', site: '', sensor: 'tap-1' },
    ships: false,
    policyFile: '',
    timezone: 'UTC',
    speed: undefined,
    learningUs: undefined,
    stop: stop.signal,
  })
  const running = sensor.capture()
  try {
    const reasonsOf = async (part: string): Promise<readonly string[] | undefined> => {
      const health = (await store.sensors())[0]?.health
      return health?.reasons.some((reason) => reason.includes(part)) ? health.reasons : undefined
    }
    capture.eth1.silentMs = 15_000
    expect(await until(() => reasonsOf('no packet for 15 s on eth1'))).toHaveLength(1)
    capture.eth1.away = { begin: AWAY, reason: 'down' }
    const reasons = await until(() => reasonsOf('nothing is captured'))
    expect(reasons[0]).toBe('nothing is captured on eth1 since 2026-01-01 00:00:00 UTC: down')
    capture.eth1.silentMs = 60_000
    const [finding] = await until(async () => {
      const findings = await store.loadFindings()
      return findings.length > 0 ? findings : undefined
    })
    expect(finding?.summary).toBe('The sensor hears nothing on eth1: down')
    const health = await until(async () => {
      const newest = (await store.sensors())[0]?.health
      return newest?.events.length === 2 ? newest : undefined
    })
    expect(health).toMatchObject({ level: 'red', interfaces: [{ name: 'eth1', away: 'down' }] })
    expect(health.events.map(({ event }) => event)).toEqual(['interface', 'silence'])
  } finally {
    await capture.close()
    await running
    await sensor.close()
    await store.close()
  }
})
