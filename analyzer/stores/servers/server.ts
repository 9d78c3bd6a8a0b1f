/**
 * A real OpenSearch or Elasticsearch for a test: on loopback, in a folder of its own, small and
 * quick to start. It can be killed, frozen, and started again on the same data.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SERVER_UID, prepareFolder, programOf } from './program.ts'
import type { ServerKind } from './fetch.ts'
import { serverHome } from './fetch.ts'

export interface ServerOptions {
  /** TLS, a password, API keys: Elasticsearch 9 alone. */
  isSecure?: boolean
}

const START_MS_MAX = 180_000

export class TestServer {
  readonly kind: ServerKind
  readonly url: string
  readonly folder: string
  readonly isSecure: boolean
  readonly #home: string
  #child: ChildProcess | undefined

  private constructor(
    kind: ServerKind,
    home: string,
    folder: string,
    port: number,
    secure: boolean,
  ) {
    this.kind = kind
    this.folder = folder
    this.isSecure = secure
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`
    this.#home = home
  }

  static async start(kind: ServerKind, options: ServerOptions = {}): Promise<TestServer> {
    const home = await serverHome(kind)
    const folder = mkdtempSync(join(tmpdir(), `fieldtap-${kind}-`))
    const [http, transport] = [await freePort(), await freePort()]
    const isSecure = options.isSecure ?? false
    chmodSync(folder, 0o755)
    prepareFolder({ kind, home, folder, http, transport, isSecure })
    const server = new TestServer(kind, home, folder, http, isSecure)
    process.once('exit', () => server.#end('SIGKILL'))
    await server.resume()
    return server
  }

  /** Of the authority that signed its certificate: itself. */
  get caFile(): string {
    return join(this.folder, 'config', 'certs', 'http.crt')
  }

  /** Starts it, on the data that it had. */
  async resume(): Promise<void> {
    const { file, args, env, cwd } = programOf(this.kind, this.#home, this.folder)
    rmSync(this.#pidFile, { force: true })
    const isRoot = process.getuid?.() === 0
    const child = spawn(file, args, {
      cwd,
      env,
      stdio: ['ignore', 'ignore', 'ignore'],
      ...(isRoot ? { uid: SERVER_UID, gid: SERVER_UID } : {}),
    })
    this.#child = child
    await this.#ready(child)
  }

  /** As if its power were cut. */
  async kill(): Promise<void> {
    this.#end('SIGKILL')
    await this.#gone()
  }

  freeze(): void {
    process.kill(this.#pid(), 'SIGSTOP')
  }

  thaw(): void {
    process.kill(this.#pid(), 'SIGCONT')
  }

  /** Ends it, and removes its folder. */
  async stop(): Promise<void> {
    this.#end('SIGTERM')
    await this.#gone()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The end of its log, for the message of a failed test. */
  log(): string {
    const file = join(this.folder, 'logs', 'stores.log')
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(-20).join('\n') : ''
  }

  get #pidFile(): string {
    return join(this.folder, 'pid')
  }

  #pid(): number {
    const written = existsSync(this.#pidFile) ? Number(readFileSync(this.#pidFile, 'utf8')) : 0
    return written > 0 ? written : (this.#child?.pid ?? 0)
  }

  #end(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#child === undefined || this.#child.exitCode !== null) return
    try {
      process.kill(this.#pid(), signal)
    } catch {
      // It has ended by itself.
    }
  }

  async #gone(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    await new Promise((resolve) => child.once('exit', resolve))
  }

  async #ready(child: ChildProcess): Promise<void> {
    const until = performance.now() + START_MS_MAX
    while (performance.now() < until) {
      if (child.exitCode !== null) throw new Error(`${this.kind} has ended:\n${this.log()}`)
      if (await isHealthy(this.url)) return
      await sleep(100)
    }
    throw new Error(`${this.kind} is not ready after ${START_MS_MAX / 1000} s:\n${this.log()}`)
  }
}

/** A secure one answers 401 to who has no password: it is there all the same. */
async function isHealthy(url: string): Promise<boolean> {
  if (url.startsWith('https:')) return answersTls(url)
  try {
    const answer = await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`)
    return answer.ok
  } catch {
    return false
  }
}

function answersTls(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/`, { rejectUnauthorized: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 401 || answer.statusCode === 200)
    })
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
