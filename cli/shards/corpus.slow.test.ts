/** Every capture of the corpus says the same with any number of shards as with one. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CaptureError } from '#sensor'
import { bundled, loadInputs } from '../inputs.ts'
import { judge } from './judged.ts'

const corpus = bundled('../shared/corpus')
const manifest = join(corpus, 'manifest.json')
const files = existsSync(manifest)
  ? (JSON.parse(readFileSync(manifest, 'utf8')) as { file: string }[]).map(({ file }) => file)
  : []

/** Files that are no captures say so, alike. */
async function outcome(file: string, shards: number): Promise<unknown> {
  try {
    // Correlations keep state: each run has rules of its own.
    return await judge(file, shards, { inputs: loadInputs({}), phase: 'learning' }, false)
  } catch (error) {
    if (error instanceof CaptureError) return error.code
    throw error
  }
}

test('every capture of the corpus', async () => {
  let shards = 2
  for (const name of files) {
    const file = join(corpus, name)
    shards = shards === 2 ? 3 : 2
    expect(await outcome(file, shards), name).toEqual(await outcome(file, 1))
  }
}, 900_000)
