/** The cluster that is configured, for whoever ships to it; its client is loaded here and now. */
import type { ElasticOptions } from '../elastic/options.ts'
import type { Retention } from '../elastic/lifecycle.ts'
import type { Cluster } from './cluster.ts'

export interface OpenCluster {
  readonly cluster: Cluster
  /** Deletes what is old, where the cluster does not; what could not be done, in words. */
  maintain(): Promise<string[]>
  close(): Promise<void>
}

/** Reads the files that hold secrets; nothing is sent before the first call. */
export async function openCluster(options: ElasticOptions, kept: Retention): Promise<OpenCluster> {
  // Only the shipper and the console speak to a cluster: nobody else pays for its client.
  const [{ connect }, { Writer }, { maintain }, { lifecycleOf }, { namesOf }] = await Promise.all([
    import('../elastic/client.ts'),
    import('../elastic/writer.ts'),
    import('../elastic/lifecycle.ts'),
    import('../elastic/probe.ts'),
    import('../elastic/names.ts'),
  ])
  const client = connect(options)
  const names = namesOf(options.namespace)
  return {
    cluster: new Writer(client, options),
    maintain: async () => {
      // Not the whole probe: a key that only ships may simulate no template.
      const server = { lifecycle: await lifecycleOf(client) }
      const { problems } = await maintain(client, server, names, kept, Date.now())
      return problems
    },
    close: () => client.close(),
  }
}
