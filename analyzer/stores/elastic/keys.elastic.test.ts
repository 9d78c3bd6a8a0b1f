import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asset, finding, operation, request } from '../fixture.ts'
import { ADMIN } from '../servers/program.ts'
import { TestServer } from '../servers/server.ts'
import type { Client } from './client.ts'
import { call, connect } from './client.ts'
import { doctor } from './doctor.ts'
import { codeOf, failures, retention } from './examined.ts'
import type { ElasticOptions } from './options.ts'
import { setup } from './setup.ts'
import { openElasticStore } from './store.ts'

type Role = Record<string, { cluster: string[]; indices: object[] }>

describe('with TLS and keys', () => {
  let server: TestServer
  let folder: string
  let admin: Client
  let options: ElasticOptions
  beforeAll(async () => {
    server = await TestServer.start('es9', { isSecure: true })
    folder = mkdtempSync(join(tmpdir(), 'fieldtap-secure-'))
    const { username, password } = ADMIN
    const passwordFile = secret('password', password)
    const caFile = server.caFile
    options = {
      url: [server.url],
      namespace: 'default',
      requestMs: 60_000,
      caFile,
      username,
      passwordFile,
    }
    admin = connect(options)
    await setup(admin, { namespace: 'default', malcolm: false, retention })
  })
  afterAll(async () => {
    await admin.close()
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  function secret(name: string, text: string): string {
    const file = join(folder, name)
    writeFileSync(file, text)
    chmodSync(file, 0o600)
    return file
  }

  /** Options with a key of those privileges. */
  async function keyed(name: string, indices: object[]): Promise<ElasticOptions & { id: string }> {
    const role = { cluster: ['monitor'], indices }
    const made = (await call(admin, 'POST', '/_security/api_key', {
      name,
      role_descriptors: { one: role },
    })) as { id: string; encoded: string }
    const { username: _user, passwordFile: _password, ...rest } = options
    return { ...rest, apiKeyFile: secret(name, made.encoded), id: made.id }
  }

  test('an administrator finds everything in place, with the end of the certificate', async () => {
    const checks = await doctor({ elastic: options, malcolm: false })
    expect(failures(checks)).toEqual([])
    expect(checks.map(({ what }) => what).join()).toMatch(
      /certificate is good until \d{4}-\d\d-\d\d/,
    )
  })

  test('a certificate that nobody named is refused, whatever the environment says', async () => {
    const { caFile: _ca, ...without } = options
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const checks = await doctor({ elastic: without, malcolm: false })
      expect(failures(checks).join()).toContain('certificate of the cluster is not accepted')
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  test('the certificate of another authority is refused', async () => {
    const [key, other] = [join(folder, 'other.key'), join(folder, 'other.crt')]
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=x']
    execFileSync('openssl', [...args, '-keyout', key, '-out', other], { stdio: 'ignore' })
    const client = connect({ ...options, caFile: other })
    const code = await codeOf(() => call(client, 'GET', '/'))
    await client.close()
    expect(code).toBe('STORE_REFUSED')
  })

  test('plain http to another host is refused before anything is sent', async () => {
    const elastic = { ...options, url: ['http://192.0.2.1:9200'] }
    expect(await codeOf(() => connect(elastic))).toBe('ELASTIC_PLAINTEXT')
    expect(failures(await doctor({ elastic, malcolm: false })).join()).toContain('without TLS')
  })

  test('what a key lacks for shipping is named', async () => {
    const less = await keyed('less', [
      { names: ['logs-ot.*-default'], privileges: ['create_doc', 'view_index_metadata'] },
      { names: ['ot-*-default*'], privileges: ['manage', 'read', 'write'] },
    ])
    const [missing] = failures(await doctor({ elastic: less, malcolm: false }))
    expect(missing).toMatch(/the key may not: .*read on logs-ot\.\*-default/)
  })

  test('the keys that are described in deploy/elasticsearch are enough for both processes', async () => {
    const readme = join(import.meta.dirname, '../../../deploy/elasticsearch/README.md')
    const [shipping, showing] = [
      ...readFileSync(readme, 'utf8').matchAll(/```json\n([\s\S]*?)```/g),
    ].map(([, text]) => JSON.parse(text ?? '') as { role_descriptors: Role })
    const from = { sensor: 's', site: 'p' }
    const ship = await keyed('shipping', shipping?.role_descriptors['fieldtap']?.indices ?? [])
    expect(failures(await doctor({ elastic: ship, malcolm: false }))).toEqual([])
    const shipper = await openElasticStore(ship)
    await shipper.putObservations([operation()], from)
    await shipper.putFindings([finding()], from)
    await shipper.putAssets([asset()], from)
    await shipper.close()

    const show = await keyed('showing', showing?.role_descriptors['fieldtap']?.indices ?? [])
    const shown = await openElasticStore(show)
    expect((await shown.operations({})).total).toBe(1)
    expect(await shown.act(['f1'], request({ action: 'acknowledge' }))).toEqual([{ id: 'f1' }])
    expect((await shown.finding('f1'))?.state).toBe('acknowledged')
    const late = operation({ 'event.id': 'late' })
    await expect(shown.putObservations([late], from)).rejects.toMatchObject({
      code: 'STORE_REFUSED',
    })
    await shown.close()
  })

  test('a key that was revoked is said to be refused', async () => {
    const elastic = await keyed('revoked', [{ names: ['ot-*'], privileges: ['all'] }])
    const client = connect(elastic)
    await call(client, 'GET', '/')
    await call(admin, 'DELETE', '/_security/api_key', { ids: [elastic.id] })
    const code = await codeOf(() => call(client, 'GET', '/'))
    await client.close()
    expect(code).toBe('STORE_REFUSED')
    const [only, ...others] = failures(await doctor({ elastic, malcolm: false }))
    expect(only).toMatch(/refuses this key or user: 401/)
    expect(others).toEqual([])
  })
})
