/**
 * The one client for Elasticsearch and OpenSearch. It sends plain JSON and asks for no product
 * header, tries nothing again by itself and looks for no other nodes; what it throws becomes an
 * error of the store here, and what goes with it (headers, bodies) goes no further.
 */
import { Client, Transport, errors } from '@elastic/elasticsearch'
import { StoreError } from '../store.ts'
import type { ElasticOptions } from './options.ts'
import { optionProblems } from './options.ts'
import { readCertificates, readSecret, remember, withoutSecrets } from './secrets.ts'

export type { Client } from '@elastic/elasticsearch'

type TransportOptions = ConstructorParameters<typeof Transport>[0]

/** Sends `application/json` and `application/x-ndjson`, which every version of both takes. */
class PlainTransport extends Transport {
  constructor(options: TransportOptions) {
    const { productCheck: _check, vendoredHeaders: _headers, ...rest } = options
    super(rest)
  }
}

/** A page of a thousand findings is a tenth of it; what is larger is no answer to us. */
const ANSWER_BYTES_MAX = 128 << 20

/** Reads the files that are named. Nothing is sent before the first call. */
export function connect(options: ElasticOptions): Client {
  const [problem] = optionProblems(options)
  if (problem !== undefined) throw new StoreError(problem.code, problem.message, problem.remedy)
  const auth = authOf(options)
  // Said here so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off.
  const tls = { rejectUnauthorized: true, ...caOf(options) }
  return new Client({
    nodes: [...options.url],
    requestTimeout: options.requestMs,
    maxRetries: 0,
    sniffOnStart: false,
    sniffInterval: false,
    sniffOnConnectionFault: false,
    enableMetaHeader: false,
    maxResponseSize: ANSWER_BYTES_MAX,
    maxCompressedResponseSize: ANSWER_BYTES_MAX,
    redaction: { type: 'remove' },
    Transport: PlainTransport,
    tls,
    ...(auth === undefined ? {} : { auth }),
  })
}

function caOf({ caFile }: ElasticOptions): { ca?: string } {
  return caFile === undefined ? {} : { ca: readCertificates(caFile) }
}

type Auth = { apiKey: string } | { username: string; password: string } | undefined

function authOf({ apiKeyFile, username, passwordFile }: ElasticOptions): Auth {
  if (apiKeyFile !== undefined) {
    const key = readSecret(apiKeyFile, 'API key')
    // As the cluster shows it: `id:key`, or both encoded.
    const apiKey = key.includes(':') ? Buffer.from(key).toString('base64') : key
    remember(apiKey)
    return { apiKey }
  }
  if (username === undefined || passwordFile === undefined) return undefined
  const password = readSecret(passwordFile, 'password')
  remember(Buffer.from(`${username}:${password}`).toString('base64'))
  return { username, password }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'

/** One request, in the words of the HTTP API that both distributions share. */
export function call(
  client: Client,
  method: Method,
  path: string,
  body?: Record<string, unknown>,
): Promise<unknown> {
  return client.transport.request(body === undefined ? { method, path } : { method, path, body })
}

/** The status of an answer, 0 where there was none. */
export function statusOf(error: unknown): number {
  return error instanceof errors.ResponseError ? (error.statusCode ?? 0) : 0
}

/** What a cluster says is wrong, as `security_exception: …`; empty where it says nothing. */
export function reasonOf(error: unknown): { type: string; reason: string } {
  const body: unknown = error instanceof errors.ResponseError ? error.body : undefined
  const found = (body as { error?: unknown } | undefined)?.error
  if (typeof found === 'string') return { type: '', reason: withoutSecrets(found) }
  const { type, reason } = (found ?? {}) as { type?: unknown; reason?: unknown }
  return {
    type: typeof type === 'string' ? withoutSecrets(type) : '',
    reason: typeof reason === 'string' ? withoutSecrets(reason) : '',
  }
}

/** Whatever a call of the client threw. */
export function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  if (!(error instanceof errors.ResponseError)) return withoutAnswer(error)
  const status = statusOf(error)
  const { type, reason } = reasonOf(error)
  const said = [String(status), type].join(' ').trim() + (reason === '' ? '' : `: ${reason}`)
  if (status === 401 || (status === 403 && type !== 'cluster_block_exception')) {
    const remedy = 'Look at the key and its rights: fieldtap elastic doctor.'
    return new StoreError('STORE_REFUSED', `the cluster refuses this key or user: ${said}`, remedy)
  }
  if (status === 404 && type === 'index_not_found_exception') {
    const message = `the cluster has no indices of fieldtap: ${said}`
    return new StoreError('STORE_MISSING', message, 'Run fieldtap elastic setup.')
  }
  const remedy = 'See what is wrong with it: fieldtap elastic doctor.'
  return new StoreError('STORE_UNAVAILABLE', `the cluster answered ${said}`, remedy)
}

/** Codes and words of TLS: the certificate is what people must look at. */
const CERTIFICATE = /certificate|\bCERT_|_CERT\b|SSL|TLS|altnames/i

function withoutAnswer(error: unknown): StoreError {
  const said = withoutSecrets(error instanceof Error ? error.message : String(error))
  if (error instanceof errors.TimeoutError) {
    const message = 'the cluster did not answer in time'
    return new StoreError('STORE_UNAVAILABLE', message, 'It goes on by itself when it is back.')
  }
  if (error instanceof errors.DeserializationError) {
    const message = 'the cluster answered what is no JSON'
    return new StoreError('STORE_UNAVAILABLE', message, 'Look at what stands between it and here.')
  }
  if (CERTIFICATE.test(said)) {
    const message = `the certificate of the cluster is not accepted: ${said}`
    const remedy = 'Name the file of its certificate authority as ca_file, and the url as in it.'
    return new StoreError('STORE_REFUSED', message, remedy)
  }
  const remedy = 'It goes on by itself when the cluster is back; is its url right?'
  return new StoreError('STORE_UNAVAILABLE', `the cluster cannot be reached: ${said}`, remedy)
}
