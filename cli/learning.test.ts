/** Without a baseline: what is odd counts from the first minute, and nothing is called usual. */
import { expect, test } from 'vitest'
import { openFile } from '#sensor'
import { makeDocument } from './document.ts'
import { bundled, loadInputs } from './inputs.ts'
import { runCapture } from './pipeline.ts'

test('while learning every anomaly counts, and no precedent is told', async () => {
  const inputs = loadInputs({ policy: bundled('pcaps/plant/policy.yaml') })
  const capture = openFile(bundled('pcaps/plant/misuse/function-code-scan.pcapng'))
  const options = { inputs, phase: 'learning', site: 'default', sensor: undefined } as const
  const pipeline = await runCapture(options, capture, () => {})
  await capture.close()
  const { findings } = makeDocument([capture.status()], pipeline, 'learning')
  const malformed = findings.filter(({ rule }) => rule.tags.includes('fieldtap.mb-15'))
  expect(malformed.map(({ count }) => count)).toEqual([16])
  expect(findings.flatMap(({ explanation }) => explanation.precedent)).toEqual([])
  const fields = findings.flatMap(({ explanation }) =>
    explanation.matched.map(({ field }) => field),
  )
  expect(fields).toContain('ot.anomaly.code')
  expect(fields).not.toContain('ot.baseline.first_seen')
  const [coverage] = pipeline?.sensor.coverage().filter((row) => row.protocol === 'modbus') ?? []
  expect(coverage?.malformed).toBeGreaterThanOrEqual(16)
  expect(coverage?.decoded).toBe((coverage?.messages ?? 0) - (coverage?.malformed ?? 0))
})
