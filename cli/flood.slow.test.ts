/**
 * Floods beside the recorded plant: what is found in the plant is found all the same, the flood is
 * told in few findings, and memory stays bounded.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modbusRequests, syns, writeFlood } from './floods.ts'
import type { Forger } from './floods.ts'

const FLOOD = 1_000_000
/** What differs shows with fewer too, in a fifth of the time. */
const FEWER = 200_000
const LIMIT_RULE = 'cc974669-12cc-5f82-8bed-5b145ce44a35'
const CROWD_RULE = '0b8a3c55-6f0e-5d44-9b1c-2a7d5e0c4f61'

const root = fileURLToPath(new URL('..', import.meta.url))
const plant = join(root, 'pcaps', 'plant')
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-flood-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Found {
  readonly id: string
  readonly rule: { readonly id: string }
  readonly source: { readonly ip: string; readonly name: string }
  readonly target: { readonly ip: string; readonly name: string }
  readonly severity: string
  readonly count: number
  readonly summary: string
}

interface Outcome {
  readonly findings: readonly Found[]
  readonly assets: readonly { readonly ip: readonly string[] }[]
  readonly balanced: boolean
  readonly mebibytes: number
}

/** The whole pipeline in a process of its own, which says in the end how much memory it took. */
function analyze(path: string): Outcome {
  const program = join(folder, 'analyze.mjs')
  const main = JSON.stringify(join(root, 'cli', 'main.ts'))
  writeFileSync(
    program,
    `process.on('exit', () => process.stderr.write('#' + process.resourceUsage().maxRSS))
    await import(${main})`,
  )
  const inputs = ['policy', 'baseline'].flatMap((name) => [
    `--${name}`,
    join(plant, `${name}.yaml`),
  ])
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'analyze', path, '--json', ...inputs],
    { encoding: 'utf8', maxBuffer: 1 << 30 },
  )
  const { findings, assets, accounting } = JSON.parse(stdout) as Outcome & {
    accounting: { balanced: boolean }
  }
  const mebibytes = Number(/#(\d+)$/.exec(stderr)?.[1]) / 1024
  return { findings, assets, balanced: accounting.balanced, mebibytes }
}

async function flooded(name: string, flood: number, forge: Forger): Promise<Outcome> {
  const path = join(folder, `${name}.pcap`)
  await writeFlood(path, join(plant, 'day.pcapng'), flood, forge)
  expect(statSync(path).size).toBeGreaterThan(flood * 60)
  const outcome = analyze(path)
  rmSync(path)
  return outcome
}

/** All that a reader is told of a finding, but its evidence. */
function texts(findings: readonly Found[]): string[] {
  return findings
    .map(({ id, rule, source, target, severity, count, summary }) =>
      [id, rule.id, source.ip, target.ip, severity, count, summary].join(' '),
    )
    .sort()
}

const isLimit = ({ rule }: Found): boolean => rule.id === LIMIT_RULE

let alone: Outcome
beforeAll(async () => {
  alone = await flooded('quiet', 0, syns())
  expect(alone.findings.length).toBeGreaterThan(20)
  expect(alone.findings.filter(isLimit)).toEqual([])
})

test('a million forged SYNs', async () => {
  const beside = await flooded('syns', FLOOD, syns())
  expect(texts(beside.findings.filter((one) => !isLimit(one)))).toEqual(texts(alone.findings))
  expect(beside.findings.filter(isLimit).map(({ summary }) => summary)).toEqual([
    expect.stringContaining('attempts'),
  ])
  expect(beside.mebibytes).toBeLessThan(512)
})

describe('forged requests, valid ones, each from another address', () => {
  test.each([
    ['a million, joined late', {}, FLOOD],
    ['a million with handshakes and answers', { handshake: true, answer: true }, FLOOD],
    ['to servers that nobody has seen either', { newServers: true }, FEWER],
    ['of registers that nobody asked for', { newTargets: true }, FEWER],
    ['by adapters of their own', { newAdapters: true }, FEWER],
  ])('%s', async (_, forged, flood) => {
    const beside = await flooded('requests', flood, modbusRequests(forged))
    const found = new Set(texts(beside.findings))
    expect(texts(alone.findings).filter((text) => !found.has(text))).toEqual([])
    const more = beside.findings.length - alone.findings.length
    expect(more).toBeLessThan(600)
    const crowds = beside.findings.filter(({ rule }) => rule.id === CROWD_RULE)
    expect(crowds.map(({ summary }) => summary)).toContainEqual(
      expect.stringMatching(/what they did \d{6,} times/),
    )
    expect(beside.findings.map(({ summary }) => summary)).toContainEqual(
      expect.stringMatching(/^many addresses wrote .* on (plc-mix-48|many addresses)/),
    )
    expect(beside.assets.length).toBeLessThan(20_000)
    expect(beside.balanced).toBe(true)
    expect(beside.mebibytes).toBeLessThan(1024)
  })
})
