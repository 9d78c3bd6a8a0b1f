/** Reading a cluster: each call ends in an answer or in an error of the store. */
import { StoreError } from '../store.ts'
import { memberOf } from './bulk.ts'
import type { Client } from './client.ts'
import { call, storeErrorOf } from './client.ts'
import type { Names } from './names.ts'

export type Body = Record<string, unknown>

export class Access {
  readonly names: Names
  readonly client: Client
  #isClosed = false

  constructor(client: Client, names: Names) {
    this.client = client
    this.names = names
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.client.close()
  }

  /** Answers whatever `work` does, in our own words where it fails. */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) {
      throw new StoreError('STORE_UNAVAILABLE', 'the store has been closed', 'Start again.')
    }
    try {
      return await work()
    } catch (error) {
      throw storeErrorOf(error)
    }
  }

  search(index: string, body: Body): Promise<unknown> {
    return this.ask(async () => whole(await call(this.client, 'POST', `/${index}/_search`, body)))
  }
}

/** A part of the shards is no answer: what is missing would look as if it were not there. */
export function whole(answer: unknown): unknown {
  const failed = memberOf(memberOf(answer, '_shards'), 'failed')
  if (failed === 0 && memberOf(answer, 'timed_out') === false) return answer
  throw new StoreError(
    'STORE_UNAVAILABLE',
    'a part of the cluster did not answer',
    'It goes on by itself when the cluster is whole again.',
  )
}

export function hits(answer: unknown): unknown[] {
  const found = memberOf(memberOf(answer, 'hits'), 'hits')
  return Array.isArray(found) ? (found as unknown[]) : []
}

export function totalOf(answer: unknown): number {
  return numberOf(memberOf(memberOf(memberOf(answer, 'hits'), 'total'), 'value'))
}

/** Of an aggregation; empty where there is none, as over no index at all. */
export function bucketsOf(answer: unknown, name: string): unknown[] {
  const found = memberOf(memberOf(memberOf(answer, 'aggregations'), name), 'buckets')
  return Array.isArray(found) ? (found as unknown[]) : []
}

/** Of a metric below an answer or a bucket. */
export function metricOf(of: unknown, name: string): number | undefined {
  const value = memberOf(memberOf(of, name), 'value')
  return typeof value === 'number' ? value : undefined
}

export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function textsOf(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value]
  return all.filter((one) => typeof one === 'string')
}
