/** A place in a real cluster for a test: what a folder is to the embedded store. */
import { existsSync } from 'node:fs'
import type { SigningKey } from '../sign.ts'
import type { Store } from '../store.ts'
import type { Client } from './client.ts'
import { call, connect } from './client.ts'
import { namesOf } from './names.ts'
import type { ElasticOptions } from './options.ts'
import { setup } from './setup.ts'
import { openElasticStore } from './store.ts'

/** Setting up takes a second, emptying does not: a place is used again when its folder is gone. */
export class TestPlaces {
  readonly #url: string
  readonly #client: Client
  readonly #namespaces = new Map<string, string>()

  constructor(url: string) {
    this.#url = url
    this.#client = connect(this.#optionsOf('t'))
  }

  async open(dir: string, signing?: SigningKey): Promise<Store> {
    return openElasticStore(await this.options(dir), signing)
  }

  async options(dir: string): Promise<ElasticOptions> {
    return this.#optionsOf(this.#namespaces.get(dir) ?? (await this.#take(dir)))
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #optionsOf(namespace: string): ElasticOptions {
    return { url: [this.#url], namespace, requestMs: 60_000 }
  }

  async #take(dir: string): Promise<string> {
    const left = [...this.#namespaces.keys()].find((one) => !existsSync(one))
    const namespace = this.#namespaces.get(left ?? '') ?? `t${process.pid}_${Date.now()}`
    this.#namespaces.delete(left ?? '')
    this.#namespaces.set(dir, namespace)
    const retention = { days: 30, findingsDays: 400 }
    if (left === undefined) await setup(this.#client, { namespace, malcolm: false, retention })
    else await this.#empty(namespace)
    return namespace
  }

  async #empty(namespace: string): Promise<void> {
    const { alias, observations } = namesOf(namespace)
    const indices = [...Object.values(alias), observations].join(',')
    const path = `/${indices}/_delete_by_query?refresh=true&conflicts=proceed`
    await call(this.#client, 'POST', path, { query: { match_all: {} } })
  }
}
