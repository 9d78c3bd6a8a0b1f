/**
 * What delivery asks of a cluster. The one that is real is `elastic/writer.ts`; tests have one that
 * fails in every way a cluster can.
 */
import type { Doc } from '../../facts.ts'
import type { DeadLetter, Dirty, ForeignAct } from '../outbox.ts'
import type { Origin } from '../store.ts'

/** What became of one document. */
export type Fate =
  /** It is there, in index `place`; `repeated`: it was before. */
  | { kind: 'done'; place: string; repeated: boolean }
  /** Nothing is wrong with it: 429, 5xx, a blocked index. */
  | { kind: 'later'; status: number; reason: string }
  /** Refused for what it is: 400, a mapping conflict. */
  | { kind: 'rejected'; status: number; type: string; reason: string }
  /** 413: fewer at a time; one alone is rejected. */
  | { kind: 'too-large' }
  /** Nothing was sent: no connection, or TLS refused. */
  | { kind: 'away'; reason: string }
  /** The whole request: credentials, missing rights, no templates. People must mend it. */
  | { kind: 'refused'; status: number; reason: string }
  /** It may be there or not: no answer, half an answer, a timeout. */
  | { kind: 'unknown'; reason: string }

export interface Observed {
  doc: Doc
  from: Origin
}

export interface Cluster {
  /** As `elasticsearch 9.4.3 at https://es1:9200`; never rejects. */
  describe(): Promise<{ server: string } | { away: string } | { refused: string }>
  /** The data stream that an observation goes to, and its `_id` there. */
  addressOf(observed: Observed): { stream: string; id: string }
  /** Creates all of one stream in one request; never rejects. One fate each, in order. */
  create(stream: string, docs: readonly Observed[]): Promise<Fate[]>
  /**
   * Puts the newest states in place, each by compare and set with what the cluster holds, so that
   * neither another sensor's part nor people's acts are lost; never rejects. Audit records are
   * created. One fate each, in order.
   */
  revise(items: readonly Dirty[]): Promise<Fate[]>
  /** A document as it was sent once, by `DeadLetter.place` and `id`. */
  resend(letters: readonly DeadLetter[]): Promise<Fate[]>
  /** As they would be sent: for dead letters. */
  bodyOf(item: Dirty | Observed): string
  /**
   * Where each id lies in a stream, all its backing indices, after a refresh: the fate of a
   * request that was never answered. Rejects where the cluster cannot say.
   */
  present(stream: string, ids: readonly string[]): Promise<Map<string, string[]>>
  /** Takes the repeat of a document out of one backing index. Rejects where it cannot. */
  remove(place: string, id: string): Promise<void>
  /**
   * Acts on what this sensor told, done at or after `since` (ISO 8601), a page at a time, oldest
   * first. Rejects where the cluster is away.
   */
  actsSince(from: Origin, since: string): AsyncIterable<ForeignAct[]>
}
