/** Whether the key or user may do what fieldtap does, where the server can be asked. */
import type { Client } from './client.ts'
import { call, statusOf, storeErrorOf } from './client.ts'
import type { Check } from './doctor.ts'
import type { Names } from './names.ts'
import type { Server } from './probe.ts'

/** What a key needs to ship; deploy/elasticsearch/README.md says how to make one. */
const shippingRights = {
  cluster: ['monitor'],
  streams: ['auto_configure', 'create_doc', 'delete', 'maintenance', 'read', 'view_index_metadata'],
  aliases: ['read', 'write', 'maintenance', 'view_index_metadata'],
} as const

/** Of a server without users there is nothing to ask; OpenSearch has no such question. */
const CANNOT_ASK: Check = { ok: true, what: 'rights: this server cannot be asked' }
const WITHOUT_USERS = [400, 404, 405, 500]

export async function rightsCheck(
  client: Client,
  names: Names,
  server: Pick<Server, 'distribution' | 'lifecycle'>,
): Promise<Check> {
  if (server.distribution === 'opensearch') return CANNOT_ASK
  // Fieldtap begins new indices and deletes old ones itself.
  const more = server.lifecycle === undefined ? ['manage'] : []
  const index = [
    { names: [names.observations], privileges: [...shippingRights.streams, ...more] },
    {
      names: Object.values(names.alias).map((alias) => `${alias}*`),
      privileges: [...shippingRights.aliases, ...more],
    },
  ]
  const body = { cluster: shippingRights.cluster, index }
  try {
    const answer = await call(client, 'POST', '/_security/user/_has_privileges', body)
    return told(answer)
  } catch (error) {
    const failure = storeErrorOf(error)
    if (WITHOUT_USERS.includes(statusOf(error))) {
      return CANNOT_ASK
    }
    return { ok: false, what: failure.message, remedy: failure.remedy }
  }
}

function told(answer: unknown): Check {
  const { cluster, index } = (answer ?? {}) as {
    cluster?: Record<string, unknown>
    index?: Record<string, Record<string, unknown>>
  }
  const missing = [
    ...lacking(cluster ?? {}).map((right) => `${right} of the cluster`),
    ...Object.entries(index ?? {}).flatMap(([name, rights]) =>
      lacking(rights).map((right) => `${right} on ${name}`),
    ),
  ]
  if (missing.length === 0) return { ok: true, what: 'the key may do what shipping needs' }
  const what = `the key may not: ${missing.join(', ')}`
  return { ok: false, what, remedy: 'Give the key these rights, or make another.' }
}

function lacking(rights: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(rights).filter((right) => rights[right] !== true)
}
