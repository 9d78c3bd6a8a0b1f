/**
 * Live capture the portable way: tcpdump writes to a pipe, the file reader reads it. Our process
 * holds no socket, so it cannot send; the privilege is tcpdump's alone.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { Capture, CaptureStatus, LiveCapture, LiveOptions, PacketBatch } from './capture.ts'
import { openStream } from './file.ts'
import { interfaceNames, noInterface, transmittedPackets } from './interfaces.ts'
import { Messages, missing, stopped } from './tcpdump.ts'

const BUFFER_KIB = 65_536
const SNAPLEN = 262_144
const STATISTICS_MS = 1000
/** After a request to end: what is still in the pipe must have been read. */
const DRAIN_MS = 5000

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Captures on one interface (`any` is all of them). Nothing runs before the first batch. */
export function openTcpdump(name: string, options: LiveOptions = {}): LiveCapture {
  return new TcpdumpCapture(name, options)
}

class TcpdumpCapture implements LiveCapture {
  readonly #name: string
  readonly #options: LiveOptions
  readonly #messages = new Messages()
  readonly #sentBefore: number | undefined
  #inner: Capture | undefined = undefined
  #child: Child | undefined = undefined
  #exit: Promise<number | null> = Promise.resolve(null)
  #closing = false

  constructor(name: string, options: LiveOptions) {
    this.#name = name
    this.#options = options
    this.#sentBefore = transmittedPackets(name)
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const name = this.#name
    const present = interfaceNames()
    if (name !== 'any' && present.length > 0 && !present.includes(name)) throw noInterface(name)
    if (this.#closing) return
    const child = await this.#start()
    const inner = openStream(child.stdout, name)
    this.#inner = inner
    let timer: NodeJS.Timeout | undefined
    try {
      if (!(await this.#hasBegun(child))) throw await this.#failure()
      // SIGUSR1 makes tcpdump say its counters: the kernel's drops while it runs. Not earlier:
      // before it has begun the signal would end it.
      timer = setInterval(() => child.kill('SIGUSR1'), STATISTICS_MS)
      timer.unref()
      yield* inner.batches()
      const code = await this.#exit
      if (!this.#closing && code !== 0) throw stopped(name, this.#messages.text, code)
    } finally {
      clearInterval(timer)
      await this.close()
    }
  }

  status(): CaptureStatus {
    const dropped = this.#messages.statistics.dropped
    const inner = this.#inner?.status()
    if (inner !== undefined) return { ...inner, dropped, truncated: undefined }
    return {
      name: this.#name,
      packets: 0,
      bytes: 0,
      first: undefined,
      last: undefined,
      linkTypes: [],
      truncated: undefined,
      dropped,
    }
  }

  transmitted(): number | undefined {
    const now = transmittedPackets(this.#name)
    return now === undefined || this.#sentBefore === undefined ? undefined : now - this.#sentBefore
  }

  /** Asks tcpdump to end; what it has captured can still be read from `batches`. */
  async close(): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGINT')
    const timer = setTimeout(() => {
      // Nobody reads: tcpdump waits for room in the pipe, and gets the end of it instead.
      child.stdout.destroy()
      child.kill('SIGKILL')
    }, DRAIN_MS)
    await this.#exit
    clearTimeout(timer)
  }

  async #start(): Promise<Child> {
    const { filter, snaplen, bufferKiB, tcpdump = 'tcpdump' } = this.#options
    const words = ['-i', this.#name, '-w', '-', '-U', '-n']
    words.push('-B', String(bufferKiB ?? BUFFER_KIB), '-s', String(snaplen ?? SNAPLEN))
    if (filter !== undefined && filter !== '') words.push('--', filter)
    const child = spawn(tcpdump, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => this.#messages.add(text))
    this.#exit = new Promise((resolve) => {
      child.on('close', (code) => resolve(code))
      child.on('error', () => resolve(null))
    })
    await new Promise<void>((resolve, reject) => {
      child.on('spawn', resolve)
      child.on('error', (error: NodeJS.ErrnoException) => {
        const code = error.code ?? ''
        if (code === 'ENOENT') reject(missing(tcpdump))
        else
          reject(
            stopped(this.#name, `${code === 'EACCES' ? 'permission: ' : ''}${error.message}`, null),
          )
      })
    })
    this.#child = child
    return child
  }

  /** The file header comes first: without it nothing was opened. */
  async #hasBegun(child: Child): Promise<boolean> {
    await new Promise<void>((resolve) => {
      child.stdout.once('readable', resolve)
      child.stdout.once('end', resolve)
      child.once('close', resolve)
    })
    return child.stdout.readableLength > 0 || this.#closing
  }

  async #failure(): Promise<Error> {
    const code = await this.#exit
    return stopped(this.#name, this.#messages.text, code)
  }
}
