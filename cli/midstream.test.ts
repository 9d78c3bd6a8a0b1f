/**
 * A sensor that is switched on finds every connection in its midst: the recorded plant, cut at many
 * places, must stay quiet, and a misuse that follows a cut must be found all the same.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Capture, PacketBatch } from '#sensor'
import { openFile } from '#sensor'
import type { Finding } from '#analyzer'
import { makeDocument } from './document.ts'
import { bundled, loadInputs } from './inputs.ts'
import { runCapture } from './pipeline.ts'

const plant = bundled('pcaps/plant')
/** Clocks of the lab's hosts and of the recorder are one; this is for rounding. */
const SLACK_US = 1_500_000
/** Packets of ordinary traffic between the cut and the misuse: some seconds. */
const BEFORE = 100

interface Label {
  name: string
  start: string
  end: string
  source: { ip: string }
  expected: string[]
}
const labels = JSON.parse(readFileSync(join(plant, 'labels.json'), 'utf8')) as { misuse: Label[] }
const paths = { policy: join(plant, 'policy.yaml'), baseline: join(plant, 'baseline.yaml') }

/** The packets of a capture from the `from`-th on, counted from 0, up to a time. */
function cut(capture: Capture, from: number, until = Infinity): Capture {
  let packets = 0
  async function* batches(): AsyncGenerator<PacketBatch> {
    for await (const batch of capture.batches()) {
      const skip = Math.min(batch.count, Math.max(0, from + 1 - batch.first))
      let count = batch.count - skip
      while (count > 0 && (batch.time[skip + count - 1] as number) > until) count--
      packets += count
      yield {
        ...batch,
        count,
        first: batch.first + skip,
        offset: batch.offset.subarray(skip),
        captured: batch.captured.subarray(skip),
        wire: batch.wire.subarray(skip),
        time: batch.time.subarray(skip),
        linkType: batch.linkType.subarray(skip),
      }
    }
  }
  return { batches, status: () => ({ ...capture.status(), packets }), close: () => capture.close() }
}

async function analyze(file: string, from: number, until?: number): Promise<Finding[]> {
  const capture = cut(openFile(join(plant, file)), from, until)
  // Rules that count keep state: each run has its own.
  const options = { inputs: loadInputs(paths), phase: 'watching', site: 'default' } as const
  const pipeline = await runCapture({ ...options, sensor: undefined }, capture, () => {})
  await capture.close()
  return makeDocument([capture.status()], pipeline, 'watching').findings
}

/** Packets of a capture before a time, µs. */
async function packetsBefore(file: string, time: number): Promise<number> {
  const capture = openFile(join(plant, file))
  let before = 0
  for await (const batch of capture.batches()) {
    for (let i = 0; i < batch.count; i++) if ((batch.time[i] as number) < time) before++
  }
  return before
}

function isLoud({ severity, rule }: Finding): boolean {
  return severity !== 'informational' && !rule.tags.includes('fieldtap.posture')
}

const line = ({ severity, summary, evidence }: Finding): string => {
  return `${severity} ${summary} (packets ${evidence.map(({ packet }) => packet).join(' ')})`
}

describe('a capture that begins in the midst of its connections', () => {
  test.each([1, 40, 700, 1999, 3100, 4999, 6500, 7777, 8999, 10_300, 11_900, 12_800])(
    'quiet from packet %d on raises nothing above informational but posture',
    async (from) => {
      const findings = await analyze('quiet.pcapng', from)
      expect(findings.filter(isLoud).map(line)).toEqual([])
    },
  )

  test.each(labels.misuse.map((label) => [label.name, label] as const))(
    '%s is found shortly after a cut, and nothing beside it',
    async (_name, { start, end, source, expected }) => {
      const begin = Date.parse(start) * 1000 - SLACK_US
      const until = Date.parse(end) * 1000 + SLACK_US
      const from = (await packetsBefore('day.pcapng', begin)) - BEFORE
      const findings = await analyze('day.pcapng', from, until)
      const found = findings.filter(({ rule }) => rule.tags.includes(`fieldtap.${expected[0]}`))
      expect(found.map((finding) => finding.source.ip)).toContain(source.ip)
      const others = findings.filter((finding) => {
        return isLoud(finding) && Date.parse(finding.first) * 1000 < begin
      })
      expect(others.map(line)).toEqual([])
    },
  )
})
