/**
 * Sharing the packets among several sensors must never change what is said: the document, every
 * record and the zone matrix are those of one sensor alone, for any number of shards.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundled, loadInputs } from '../inputs.ts'
import type { PipelineOptions } from '../pipeline.ts'
import { judge } from './judged.ts'

const corpus = bundled('../shared/corpus')
const plant = bundled('pcaps/plant')

interface Entry {
  readonly file: string
  readonly role: string
  readonly oracle?: { readonly confidence: string }
}

/** Those of the three protocols that are certain; the slow suite has all. */
function corpusFiles(): string[] {
  const manifest = join(corpus, 'manifest.json')
  if (!existsSync(manifest)) return []
  const entries = JSON.parse(readFileSync(manifest, 'utf8')) as Entry[]
  return entries
    .filter(({ role, oracle }) => role === 'core' && oracle?.confidence === 'A')
    .map(({ file }) => file)
}

describe('any number of shards says the same', () => {
  const inputs = (): PipelineOptions['inputs'] =>
    loadInputs({ policy: join(plant, 'policy.yaml'), baseline: join(plant, 'baseline.yaml') })

  test.each(['quiet.pcapng', 'day.pcapng'])('%s of the plant', async (name) => {
    const file = join(plant, name)
    for (const each of [false, true]) {
      const one = await judge(file, 1, { inputs: inputs(), phase: 'watching' }, each)
      for (const shards of [2, 3]) {
        const many = await judge(file, shards, { inputs: inputs(), phase: 'watching' }, each)
        expect(many).toEqual(one)
      }
    }
  })

  test.each(corpusFiles())('%s', async (name) => {
    const file = join(corpus, name)
    const learning = (): Pick<PipelineOptions, 'inputs' | 'phase'> => {
      return { inputs: loadInputs({}), phase: 'learning' }
    }
    const one = await judge(file, 1, learning(), false)
    const two = await judge(file, 2, learning(), false)
    expect(two).toEqual(one)
  })
})
