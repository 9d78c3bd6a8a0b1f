/** The console's server: the API over a store, its description, and the pages beside it. */
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify from 'fastify'
import { capturedPackets } from '../evidence/captured.ts'
import type { PacketSource } from '../evidence/captured.ts'
import type { ConsoleStore } from '../stores/fallback.ts'
import type { App, ConsoleOutbox, Context } from './app.ts'
import { assetRoutes } from './assets.ts'
import { compress } from './compress.ts'
import { ConsoleError, answerError } from './errors.ts'
import { eventRoutes } from './events.ts'
import { pageRoutes } from './files.ts'
import { actionRoutes, findingRoutes } from './findings.ts'
import { authorities, guard, loopbackAddress } from './guard.ts'
import { healthRoutes } from './health.ts'
import { packetRoutes } from './packets.ts'
import { loadReports } from '../reports/folder.ts'
import { reportRoutes } from './reports.ts'
import { Action, OperationRow } from './schema.ts'
import { auditRoutes } from './audit.ts'
import { countRoutes } from './counts.ts'
import { deliveryRoutes } from './delivery.ts'
import { sensorRoutes } from './sensors.ts'
import { trafficRoutes } from './traffic.ts'

export interface ConsoleOptions {
  store: ConsoleStore
  /** Directory of the built pages; where it is missing a page says so. */
  ui: string
  host: string
  /** 0: any that is free. */
  port: number
  version: string
  /** Default: from the capture file that the sensor reads. */
  packets?: PacketSource
  /**
   * This machine's own store, where `store` is another: only its sensor is asked which files it
   * reads, for no name from elsewhere is opened.
   */
  local?: Pick<ConsoleStore, 'sensors'> | undefined
  /** Who acts, in the history; there are no accounts yet. */
  who?: string
  now?: () => number
  /** What is wrong with the disk of the store: asked when the sensor is silent. */
  diskTrouble?: () => string | undefined
  /** Where the store lies, as people are told. */
  folder?: string
  /** Why the cluster is not what is shown: asked with each health. */
  away?: () => { reason: string } | undefined
  /** What waits for a cluster; none where none is configured. */
  outbox?: ConsoleOutbox | undefined
  /** Lines of JSON about what failed; default: standard error. */
  log?: { write(line: string): void }
}

export interface RunningConsole {
  readonly url: string
  close(): Promise<void>
}

/** A thousand ids and a note. */
const BODY_BYTES_MAX = 1 << 20
const REQUEST_MS_MAX = 30_000

export async function buildApp(
  options: ConsoleOptions,
  own: () => ReadonlySet<string>,
): Promise<App> {
  const context: Context = {
    store: options.store,
    packets: options.packets ?? capturedPackets(options.local ?? options.store),
    version: options.version,
    who: options.who ?? 'local',
    now: options.now ?? Date.now,
    diskTrouble: options.diskTrouble ?? (() => undefined),
    folder: options.folder ?? '',
    away: options.away ?? (() => undefined),
    outbox: options.outbox,
  }
  const app: App = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1000 },
    ajv: { customOptions: { removeAdditional: false } },
    logger: { level: 'error', stream: options.log ?? process.stderr },
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.removeContentTypeParser('text/plain')
  // Answers are what the store said, byte for byte; the tests hold them against the schemas.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.setErrorHandler(answerError)
  guard(app, own)
  compress(app)
  await describe(app, options.version)
  findingRoutes(app, context)
  actionRoutes(app, context)
  packetRoutes(app, context)
  assetRoutes(app, context)
  trafficRoutes(app, context)
  countRoutes(app, context)
  auditRoutes(app, context)
  healthRoutes(app, context)
  sensorRoutes(app, context)
  deliveryRoutes(app, context)
  eventRoutes(app, context)
  reportRoutes(app, context, await loadReports())
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  pageRoutes(app, options.ui)
  await app.ready()
  return app
}

async function describe(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fieldtap',
        version,
        description: 'What a Fieldtap sensor saw and found, and what people decided about it.',
        license: { name: 'Apache-2.0' },
      },
    },
    refResolver: { buildLocalReference: ({ $id }) => (typeof $id === 'string' ? $id : '') },
  })
  app.addSchema({ ...OperationRow, $id: 'OperationRow' })
  app.addSchema({ ...Action, $id: 'Action' })
}

export async function createConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const address = loopbackAddress(options.host)
  let own: ReadonlySet<string> = new Set()
  const app = await buildApp(options, () => own)
  try {
    await app.listen({ host: address, port: options.port })
  } catch (error) {
    await app.close()
    throw listenError(error, options.port)
  }
  const bound = app.server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port
  own = authorities(address, port)
  const name = address.includes(':') ? `[${address}]` : address
  return { url: `http://${name}:${port}`, close: () => app.close() }
}

function listenError(error: unknown, port: number): unknown {
  const code = (error as { code?: unknown }).code
  if (code === 'EADDRINUSE') {
    return new ConsoleError(
      'PORT_IN_USE',
      `port ${port} is in use: another console may be running`,
      'Give another one with --port, or stop what listens there.',
    )
  }
  if (code === 'EACCES') {
    return new ConsoleError(
      'PORT_REFUSED',
      `this user may not listen on port ${port}`,
      'Give a port above 1023 with --port.',
    )
  }
  return error
}
