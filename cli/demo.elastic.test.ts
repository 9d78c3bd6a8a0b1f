/**
 * The demonstration in a real browser with the console on a cluster that two sensors feed: the
 * cases are those of the embedded store, unchanged.
 */
import { expect, inject } from 'vitest'
import { demoCases, plant } from './demo-cases.ts'
import { Fleet } from './fleet.ts'

for (const [kind, url] of Object.entries(inject('servers'))) {
  if (kind === 'es8') continue
  demoCases(`the demonstration on ${kind}, fed by two sensors of the same addresses`, async () => {
    const fleet = new Fleet(plant, url, `demo_${process.pid}`)
    await fleet.start()
    await expectOverlap(fleet.url)
    return { url: fleet.url, isDemo: false, query: '?site=north', stop: () => fleet.stop() }
  })
}

/** The same private address is two assets, one of each site. */
async function expectOverlap(url: string): Promise<void> {
  const get = async (query: string): Promise<{ ip: string[]; site: string }[]> => {
    const answer = await fetch(`${url}/api/assets?limit=1000${query}`)
    return ((await answer.json()) as { rows: { ip: string[]; site: string }[] }).rows
  }
  const [all, north, south] = await Promise.all([get(''), get('&site=north'), get('&site=south')])
  expect(all).toHaveLength(north.length + south.length)
  const addresses = new Set(north.flatMap(({ ip }) => ip))
  expect(south.filter(({ ip }) => addresses.has(ip[0] ?? '')).length).toBeGreaterThan(10)
}
