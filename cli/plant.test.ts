/**
 * The recorded plant, judged end to end: every labelled misuse is found, nothing else is high,
 * and a quiet period is quiet. `FIELDTAP_PLANT` names another recording, under another seed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { isoTime, openFile } from '#sensor'
import type { BaselineFile, Finding } from '#analyzer'
import { loadPolicy, serializeBaseline, severities } from '#analyzer'
import { makeDocument } from './document.ts'
import type { Document } from './document.ts'
import { bundled, loadInputs } from './inputs.ts'
import { runCapture } from './pipeline.ts'

const plant = process.env['FIELDTAP_PLANT'] ?? bundled('pcaps/plant')
const policy = join(plant, 'policy.yaml')
/** Clocks of the lab's hosts and of the recorder are one; this is for rounding. */
const SLACK_MS = 1500

interface Label {
  name: string
  start: string
  end: string
  source: { ip: string }
  target: { ip: string }
  expected: string[]
  /** Further ones that may be raised, by the chance of a recording. */
  possible?: string[]
  capture: string
}
const labels = JSON.parse(readFileSync(join(plant, 'labels.json'), 'utf8')) as { misuse: Label[] }

async function learn(): Promise<BaselineFile> {
  const inputs = loadInputs({ policy })
  const capture = openFile(join(plant, 'learn.pcapng'))
  const pipeline = await runCapture(
    { inputs, phase: 'learning', site: 'default', sensor: undefined },
    capture,
    () => {},
  )
  await capture.close()
  if (pipeline === undefined) throw new Error('nothing was learned')
  const { first = 0, last = 0 } = capture.status()
  return pipeline.analyzer.learned({
    first: isoTime(first),
    last: isoTime(last),
    captures: ['learn.pcapng'],
  })
}

async function analyze(file: string, baselineFile: BaselineFile): Promise<Document> {
  const inputs = { ...loadInputs({ policy }), baselineFile }
  const capture = openFile(join(plant, file))
  const pipeline = await runCapture(
    { inputs, phase: 'watching', site: 'default', sensor: undefined },
    capture,
    () => {},
  )
  await capture.close()
  return makeDocument([capture.status()], pipeline, 'watching')
}

const isPosture = (finding: Finding): boolean => finding.rule.tags.includes('fieldtap.posture')
const isHigh = (finding: Finding): boolean => severities.indexOf(finding.severity) >= 3
const hasTag = (finding: Finding, id: string): boolean => {
  return finding.rule.tags.includes(`fieldtap.${id}`)
}
const line = (finding: Finding): string => {
  return `${finding.severity} ${finding.rule.title}: ${finding.summary} (${finding.first})`
}

function explains(label: Label, finding: Finding): boolean {
  const start = Date.parse(label.start) - SLACK_MS
  const end = Date.parse(label.end) + SLACK_MS
  const at = Date.parse(finding.first)
  return at >= start && at <= end && finding.source.ip === label.source.ip
}

describe('the recorded plant', () => {
  let baseline: BaselineFile
  let day: Document

  beforeAll(async () => {
    baseline = await learn()
    day = await analyze('day.pcapng', baseline)
  }, 60_000)

  test('the shipped baseline is what the learning period teaches', () => {
    // Another recording brings no baseline of its own.
    const file = process.env['FIELDTAP_PLANT'] === undefined ? join(plant, 'baseline.yaml') : ''
    const shipped = file === '' ? serializeBaseline(baseline) : readFileSync(file, 'utf8')
    expect(shipped, 'npm run learn').toBe(serializeBaseline(baseline))
  })

  test('the policy has no errors', () => {
    expect(loadPolicy(readFileSync(policy, 'utf8'), policy).errors).toEqual([])
  })

  test.each(labels.misuse.map((label) => [label.name, label] as const))(
    'finds %s, with its rule, source, target and packets',
    (_name, label) => {
      const [main] = label.expected
      expect(main).toBeDefined()
      const found = day.findings.filter((finding) => {
        return hasTag(finding, main as string) && explains(label, finding)
      })
      expect(found.map(line), label.name).not.toEqual([])
      const targets = found.flatMap((finding) => [finding.target, ...(finding.targets ?? [])])
      expect(targets.map(({ ip }) => ip)).toContain(label.target.ip)
      for (const { evidence } of found) expect(evidence.length).toBeGreaterThan(0)
    },
  )

  test('nothing else is high or critical', () => {
    const unexplained = day.findings.filter(isHigh).filter((finding) => {
      return !labels.misuse.some((label) => explains(label, finding))
    })
    expect(unexplained.map(line)).toEqual([])
  })

  test('every high or critical finding is one that its label expects', () => {
    const unexpected = day.findings.filter(isHigh).filter((finding) => {
      const by = labels.misuse.filter((label) => explains(label, finding))
      const ids = by.flatMap(({ expected, possible = [] }) => [...expected, ...possible])
      return by.length > 0 && !ids.some((id) => hasTag(finding, id))
    })
    expect(unexpected.map(line)).toEqual([])
  })

  test('the quiet period that was not learned from raises nothing above informational', async () => {
    const quiet = await analyze('quiet.pcapng', baseline)
    const loud = quiet.findings.filter((finding) => !isPosture(finding))
    expect(loud.filter(({ severity }) => severity !== 'informational').map(line)).toEqual([])
  })

  test('what was learned from raises nothing above informational', async () => {
    const learned = await analyze('learn.pcapng', baseline)
    const loud = learned.findings.filter((finding) => !isPosture(finding))
    expect(loud.filter(({ severity }) => severity !== 'informational').map(line)).toEqual([])
  })

  test.each(labels.misuse.map((label) => [label.name, label] as const))(
    'finds %s in its own capture',
    async (_name, label) => {
      const document = await analyze(label.capture, baseline)
      const main = label.expected[0] as string
      const found = document.findings.filter((finding) => hasTag(finding, main))
      expect(found.map(({ source }) => source.ip)).toContain(label.source.ip)
    },
  )
})
