/**
 * Judging a kind of operation once and keeping the answer must never change the answer: the same
 * captures, once as the sensor runs and once with every operation judged anew, give the same
 * findings and the same matrix.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Sink } from '#sensor'
import { Sensor, dissectors, openFile } from '#sensor'
import { Analyzer, Baseline, Zones } from '#analyzer'
import type { Finding } from '#analyzer'
import { bundled, loadInputs } from './inputs.ts'

const plant = bundled('pcaps/plant')
const inputs = loadInputs({
  policy: join(plant, 'policy.yaml'),
  baseline: join(plant, 'baseline.yaml'),
})

/** An approval of nothing makes every judgement stale. */
function forgetful(analyzer: Analyzer): Sink {
  return {
    requested: (operation) => {
      analyzer.approve([])
      analyzer.requested(operation)
    },
    completed: (operation) => analyzer.completed(operation),
    identity: (identity) => analyzer.identity(identity),
    conversation: (conversation) => analyzer.conversation(conversation),
    anomaly: (anomaly) => analyzer.anomaly(anomaly),
    health: (event) => analyzer.health(event),
  }
}

async function judge(
  file: string,
  anew: boolean,
): Promise<{ findings: Finding[]; cells: unknown }> {
  const zones = new Zones(inputs.policy)
  const baseline = new Baseline({
    ...(inputs.baselineFile === undefined ? {} : { file: inputs.baselineFile }),
    phase: 'watching',
    aliases: zones.aliases(),
  })
  // Correlations keep state: each run has rules of its own.
  const { rules } = loadInputs({})
  const analyzer = new Analyzer({ sensor: 'test', site: 'test', rules, zones, baseline })
  const sensor = new Sensor({ dissectors, sink: anew ? forgetful(analyzer) : analyzer })
  const capture = openFile(file)
  for await (const batch of capture.batches()) sensor.batch(batch)
  sensor.end()
  analyzer.end()
  await capture.close()
  return { findings: analyzer.findings.all(), cells: analyzer.matrix.rows(zones.declared()) }
}

describe('judged once', () => {
  const captures = readdirSync(join(plant, 'misuse')).map((name) => `misuse/${name}`)
  test.each(['quiet.pcapng', ...captures])('%s', async (name) => {
    const file = join(plant, name)
    const kept = await judge(file, false)
    const anew = await judge(file, true)
    expect(kept.findings).toEqual(anew.findings)
    expect(kept.cells).toEqual(anew.cells)
  })
})
