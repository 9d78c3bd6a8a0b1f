/** How each kind of document is put together with the one that is there. */
import type { StoredFinding } from '../merge.ts'
import { mergeFinding, mergeNames } from '../merge.ts'
import type { SensorPart, TypedName } from '../outbox.ts'
import type { AssetRecord } from '../rows.ts'
import type { Conversed, Origin } from '../store.ts'
import { assetOf, conversationOf, findingOf } from './bodies.ts'
import type { Receipt, StoredAsset } from './documents.ts'
import {
  assetDocument,
  conversationDocument,
  findingDocument,
  sensorDocument,
} from './documents.ts'
import type { Names } from './names.ts'
import { documentId, sensorPartId } from './names.ts'
import type { Revision } from './revise.ts'

/** Where it lies, as far as that is known. */
export type Known = Pick<Revision, 'place' | 'isRepeat'>
export const NOWHERE: Known = { place: '' }

export class Revisions {
  readonly #names: Names
  readonly #receipt: () => Receipt

  constructor(names: Names, receipt: () => Receipt) {
    this.#names = names
    this.#receipt = receipt
  }

  finding(mine: StoredFinding, known = NOWHERE): Revision {
    const merge = (body: unknown): string | undefined => {
      const { finding, from, acts } = mergeFinding(findingOf(body), mine)
      const merged = { finding, from, acts }
      return isSame(merged, body) ? undefined : findingDocument(merged, this.#receipt())
    }
    return { alias: this.#names.alias.findings, id: documentId(mine.finding.id), ...known, merge }
  }

  asset(part: AssetRecord, from: Origin, typed?: TypedName, known = NOWHERE): Revision {
    const merge = (body: unknown): string | undefined => {
      const merged = withPart(assetOf(body), part, from, typed)
      return isSame(merged, body) ? undefined : assetDocument(merged, this.#receipt())
    }
    return { alias: this.#names.alias.assets, id: documentId(part.id), ...known, merge }
  }

  conversation(conversation: Conversed, from: Origin, known = NOWHERE): Revision {
    const { sensor, site } = from
    const { id } = conversation
    const merge = (body: unknown): string | undefined => {
      const mine = { from: { sensor, site }, conversation }
      const stored = conversationOf(body)
      const isThere = stored !== undefined && isSame(mine, body)
      return isThere ? undefined : conversationDocument(mine, this.#receipt())
    }
    // Two sensors may both see it: each tells its own.
    const key = documentId(JSON.stringify([sensor, id]))
    return { alias: this.#names.alias.conversations, id: key, ...known, merge }
  }

  /** Always written: that it was said again is what tells that the sensor lives. */
  sensor(part: SensorPart, body: string, from: Origin, known = NOWHERE): Revision {
    const merge = (): string => sensorDocument(part, body, from, this.#receipt())
    const id = sensorPartId(from.sensor, part)
    return { alias: this.#names.alias.sensors, id, ...known, merge }
  }
}

function isSame(merged: unknown, body: unknown): boolean {
  return JSON.stringify(merged) === body
}

function withPart(
  stored: StoredAsset | undefined,
  part: AssetRecord,
  from: Origin,
  mine: TypedName | undefined,
): StoredAsset {
  const { parts = {}, typed: known, signature } = stored ?? {}
  const earlier = Object.hasOwn(parts, from.sensor) ? parts[from.sensor] : undefined
  // A sensor that starts again sees everything for the first time; the cluster remembers.
  const first = earlier !== undefined && earlier.first < part.first ? earlier.first : part.first
  const typed = mergeNames(known, mine)
  return {
    site: from.site,
    parts: { ...parts, [from.sensor]: { ...part, first } },
    ...(typed === undefined ? {} : { typed }),
    ...(signature !== undefined && typed?.id === known?.id ? { signature } : {}),
  }
}
