/** Judges a capture with any number of shards and keeps all that is said: for tests. */
import { openFile, operationRecord } from '#sensor'
import { makeDocument } from '../document.ts'
import { Pipeline, sensorIdOf } from '../pipeline.ts'
import type { PipelineOptions } from '../pipeline.ts'
import { openInline } from './link.ts'

export interface Outcome {
  readonly document: unknown
  readonly records: unknown[]
  readonly operations: unknown[]
  readonly cells: unknown
  readonly coverage: unknown
  readonly counters: unknown
}

export async function judge(
  file: string,
  shards: number,
  options: Pick<PipelineOptions, 'inputs' | 'phase'>,
  each: boolean,
  chunkBytes = 64 * 1024,
): Promise<Outcome> {
  const records: unknown[] = []
  const operations: unknown[] = []
  const capture = openFile(file, { chunkBytes })
  let pipeline: Pipeline | undefined
  for await (const batch of capture.batches()) {
    pipeline ??= new Pipeline(
      {
        ...options,
        site: 'test',
        sensor: undefined,
        keep: (record) => records.push(record),
        operation: each
          ? (operation, sensor) => operations.push(operationRecord(sensor, operation))
          : undefined,
        workers: shards,
        open: openInline,
      },
      sensorIdOf(batch),
    )
    await pipeline.sensor.batch(batch)
  }
  await pipeline?.end(capture.status())
  await capture.close()
  const { zones, analyzer, sensor } = pipeline ?? {}
  return {
    document: makeDocument([capture.status()], pipeline, ''),
    records,
    operations,
    cells: zones === undefined ? [] : analyzer?.matrix.rows(zones.declared()),
    coverage: sensor?.coverage(),
    counters: analyzer?.counters(),
  }
}
