/** What is called what in a cluster. */
import { createHash } from 'node:crypto'

/** What changes, or has no stream of its own: each an alias over its indices, one to write to. */
export const aliasKinds = ['findings', 'assets', 'audit', 'conversations', 'sensors'] as const
export type AliasKind = (typeof aliasKinds)[number]

/** Those that grow without end: a new index is begun where one is large or old enough. */
export const rollingKinds: readonly AliasKind[] = ['findings', 'assets', 'audit']

export interface Names {
  readonly namespace: string
  /**
   * `ot-findings-<namespace>` and the like. Written to with `require_alias`, so that a cluster
   * without our templates refuses instead of making an index of its own.
   */
  readonly alias: Readonly<Record<AliasKind, string>>
  /** All streams of observations: `logs-ot.*-<namespace>`. */
  readonly observations: string
}

export function namesOf(namespace: string): Names {
  const alias = (kind: AliasKind): string => `ot-${kind}-${namespace}`
  return {
    namespace,
    alias: {
      findings: alias('findings'),
      assets: alias('assets'),
      audit: alias('audit'),
      conversations: alias('conversations'),
      sensors: alias('sensors'),
    },
    observations: `logs-ot.*-${namespace}`,
  }
}

/** Characters of a dataset in the name of a stream (ECS, data_stream.dataset). */
const DATASET_MAX = 100

/** `data_stream.dataset` of an observation: its `event.dataset`, in what the name of one may be. */
export function datasetOf(dataset: string): string {
  const name = dataset
    .replace(/^ot\./, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.]/g, '_')
  return `ot.${name === '' ? 'other' : name}`.slice(0, DATASET_MAX)
}

/** The data stream of a dataset: `logs-ot.modbus-default`. */
export function streamOf(dataset: string, namespace: string): string {
  return `logs-${datasetOf(dataset)}-${namespace}`
}

/** The first index behind an alias; a rollover counts on from it. */
export function firstIndex(alias: string): string {
  return `${alias}-000001`
}

/** Bytes of an `_id` that both take are 512; ours are hashes and names. */
const ID = /^[\w.:-]{1,200}$/

/** `_id` of a document: its own id where it can be one, else the hash of it. */
export function documentId(id: string): string {
  return ID.test(id) ? id : createHash('sha256').update(id).digest('hex')
}

/** What a sensor says of itself: one document a part. */
export function sensorPartId(sensor: string, part: string): string {
  return documentId(`${sensor}:${part}`)
}

/** Of a server's own lifecycle; retention is that of one namespace. */
export function policyName(kind: AliasKind | 'observations', namespace: string): string {
  return `fieldtap-${kind}-${namespace}`
}
