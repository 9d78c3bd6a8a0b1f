/**
 * Live capture by a command that writes to a pipe; the file reader reads it. Our process holds no
 * socket, so it cannot send. A command that ends is started again, and the time between is a gap.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Capture, CaptureStatus, InterfaceStatus, PacketBatch } from './capture.ts'
import type { CommandCounts } from './messages.ts'
import type { PipeCommand } from './command.ts'
import { openStream } from './file.ts'
import { InterfaceLife } from './interface-life.ts'
import { checkInterfaces } from './interfaces.ts'
import { Messages } from './messages.ts'

const LOOK_MS = 1000
/** Between an end and the next start, where the interface is well. */
const RETRY_MS = 1000
/** After a request to end: what is still in the pipe must have been read. */
const DRAIN_MS = 5000

type Child = ChildProcessByStdio<null, Readable, Readable>

interface Run {
  readonly child: Child
  readonly inner: Capture
  readonly messages: Messages
  readonly exit: Promise<number | null>
  /** The header came: it captures. */
  begun: boolean
}

/** What runs of the command before the one that runs now have counted. */
interface Before {
  packets: number
  bytes: number
  first: number | undefined
  last: number | undefined
  linkTypes: readonly number[]
  counts: CommandCounts
  /** Counted by the kernel, and never written by commands that have ended. */
  unread: number
}

export class PipeCapture implements Capture {
  readonly #command: PipeCommand
  readonly #life: InterfaceLife
  readonly #name: string
  /** Undefined where the command captures what only it knows. */
  readonly #interface: string | undefined
  readonly #before: Before
  readonly #limits: readonly string[]
  #run: Run | undefined
  #closing = false
  readonly #closed = new AbortController()
  #packets = 0
  #lastPacketAt = performance.now()

  /** `name` is the interface; with `isInterface` false it is only what to call it. */
  constructor(
    name: string,
    command: PipeCommand,
    isInterface: boolean,
    limits: readonly string[] = [],
  ) {
    this.#command = command
    this.#name = name
    this.#interface = isInterface ? name : undefined
    this.#life = new InterfaceLife(name, isInterface)
    this.#limits = [...limits, ...command.limits]
    const counts = { passed: undefined, dropped: undefined, droppedByInterface: undefined }
    const [first, last] = [undefined, undefined]
    this.#before = { packets: 0, bytes: 0, first, last, linkTypes: [], counts, unread: 0 }
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    if (this.#interface !== undefined) checkInterfaces([this.#interface])
    this.#life.look()
    const timer = setInterval(() => this.#look(), LOOK_MS)
    timer.unref()
    try {
      while (!this.#closing) {
        const run = await this.#start()
        yield* this.#batchesOf(run)
        if (await this.#isOver(run)) return
        await this.#untilWell()
      }
    } finally {
      clearInterval(timer)
      await this.close()
      this.#life.look()
    }
  }

  status(): CaptureStatus {
    const { packets, bytes, first, last, linkTypes } = this.#before
    const inner = this.#run?.inner.status()
    const { dropped, passed, droppedByInterface } = this.#counts()
    const status: InterfaceStatus = {
      name: this.#life.name,
      way: this.#command.way,
      packets: this.#packets,
      received: passed === undefined ? undefined : passed - (dropped ?? 0),
      dropped,
      unread: this.#before.unread,
      droppedByInterface,
      freezes: undefined,
      transmitted: this.#life.transmitted(),
      counters: this.#life.counters(),
      filtered: this.#command.isFiltered,
      silentMs: performance.now() - this.#lastPacketAt,
      away: this.#life.gaps.open,
      gaps: this.#life.gaps.kept,
      limits: this.#limits,
    }
    return {
      name: this.#name,
      packets: packets + (inner?.packets ?? 0),
      bytes: bytes + (inner?.bytes ?? 0),
      first: first ?? inner?.first,
      last: inner?.last ?? last,
      linkTypes: [...new Set([...linkTypes, ...(inner?.linkTypes ?? [])])],
      truncated: undefined,
      dropped,
      interfaces: [status],
    }
  }

  /** Asks the command to end; what it has captured can still be read from `batches`. */
  async close(): Promise<void> {
    this.#closing = true
    this.#closed.abort()
    const run = this.#run
    if (run === undefined) return
    const { child } = run
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGINT')
    const timer = setTimeout(() => {
      // Nobody reads: it waits for room in the pipe, and gets the end of it instead.
      child.stdout.destroy()
      child.kill('SIGKILL')
    }, DRAIN_MS)
    await run.exit
    clearTimeout(timer)
  }

  async *#batchesOf(run: Run): AsyncGenerator<PacketBatch> {
    run.begun = await hasBegun(run.child)
    if (!run.begun) return
    this.#life.stopped = undefined
    this.#life.look()
    for await (const batch of run.inner.batches()) {
      batch.first = this.#packets + 1
      batch.interface = this.#life.name
      this.#packets += batch.count
      this.#lastPacketAt = performance.now()
      yield batch
    }
  }

  /** Throws where there is no use in starting it again. */
  async #isOver(run: Run): Promise<boolean> {
    const code = await run.exit
    const { begun, messages } = run
    this.#addUp(run)
    if (this.#closing) return true
    if (begun && code === 0 && this.#command.mayEnd === true) return true
    const error = this.#command.stopped(this.#life.name, messages.text, code)
    if (!begun && this.#packets === 0 && this.#life.gaps.open === undefined) throw error
    this.#life.stopped = error.message
    this.#life.look()
    return false
  }

  async #untilWell(): Promise<void> {
    do {
      await sleep(RETRY_MS, undefined, { signal: this.#closed.signal }).catch(() => undefined)
    } while (!this.#closing && !this.#life.isWell())
  }

  #look(): void {
    const { child, begun } = this.#run ?? {}
    const { gaps } = this.#life
    const before = gaps.count
    this.#life.look()
    if (child === undefined || begun !== true || child.exitCode !== null) return
    if (gaps.count > before && this.#command.isDeafAfterDown === true) {
      this.#life.stopped = `${this.#command.way} is started again`
      child.kill('SIGTERM')
      return
    }
    // Not before it has begun: until then the signal would end it.
    if (this.#command.ask !== undefined) child.kill(this.#command.ask)
  }

  #counts(): CommandCounts {
    const before = this.#before.counts
    const now = this.#run?.messages.counts
    const sum = (key: keyof CommandCounts): number | undefined => {
      if (before[key] === undefined) return now?.[key]
      return before[key] + (now?.[key] ?? 0)
    }
    const [passed, dropped] = [sum('passed'), sum('dropped')]
    return { passed, dropped, droppedByInterface: sum('droppedByInterface') }
  }

  /**
   * The kernel counts what it has put into the command's buffer. Of that tcpdump leaves behind what
   * it has not taken when it is stopped, and what it was writing: that write is interrupted.
   */
  #settle({ messages: { counts } }: Run, read: number): void {
    if (counts.passed === undefined) return
    const dropped = counts.dropped ?? 0
    // One that was killed counted last a while ago.
    counts.passed = Math.max(counts.passed, read + dropped)
    this.#before.unread += counts.passed - dropped - read
  }

  #addUp(run: Run): void {
    const { inner } = run
    const before = this.#before
    const status = inner.status()
    this.#settle(run, status.packets)
    before.counts = this.#counts()
    before.packets += status.packets
    before.bytes += status.bytes
    before.first ??= status.first
    before.last = status.last ?? before.last
    before.linkTypes = [...new Set([...before.linkTypes, ...status.linkTypes])]
    this.#run = undefined
  }

  async #start(): Promise<Run> {
    const command = this.#command
    const { name } = this.#life
    const child = spawn(command.program, command.words(name), { stdio: ['ignore', 'pipe', 'pipe'] })
    const messages = new Messages((line, counts) => command.read(line, counts))
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => messages.add(text))
    const exit = new Promise<number | null>((resolve) => {
      child.on('close', (code) => resolve(code))
      child.on('error', () => resolve(null))
    })
    await new Promise<void>((resolve, reject) => {
      child.on('spawn', resolve)
      child.on('error', (error: NodeJS.ErrnoException) => {
        const text = `${error.code === 'EACCES' ? 'permission: ' : ''}${error.message}`
        reject(error.code === 'ENOENT' ? command.missing() : command.stopped(name, text, null))
      })
    })
    const run = { child, messages, exit, inner: openStream(child.stdout, name), begun: false }
    this.#run = run
    // It was asked to close while the command came up.
    if (this.#closing) child.kill('SIGTERM')
    return run
  }
}

/** The file header comes first: without it nothing was opened. */
async function hasBegun(child: Child): Promise<boolean> {
  await new Promise<void>((resolve) => {
    child.stdout.once('readable', resolve)
    child.stdout.once('end', resolve)
    child.once('close', resolve)
  })
  return child.stdout.readableLength > 0
}
