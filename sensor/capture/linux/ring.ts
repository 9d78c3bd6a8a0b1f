/**
 * The kernel's ring, read in place: TPACKET_V3. A batch is a block of the ring; it is handed back
 * when the next one is asked for. Loss is what the kernel counted: received + dropped = sent.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type {
  Capture,
  CaptureStatus,
  InterfaceStatus,
  LiveOptions,
  PacketBatch,
} from '../capture.ts'
import { BUFFER_KIB, SNAPLEN_MAX } from '../capture.ts'
import { InterfaceLife } from '../interface-life.ts'
import { checkInterfaces, noInterface } from '../interfaces.ts'
import { filterProgram } from './filter.ts'
import { BlockReader } from './block.ts'
import { native } from './libc.ts'
import { linkTypeOf } from './link-type.ts'
import { BLOCK_BYTES, PacketSocket, RETIRE_MS } from './packet-socket.ts'
import type { RingMemory } from './packet-socket.ts'

const LOOK_MS = 500
/** Under load the rest of the process gets its turn after so long. */
const TURN_MS = 4
/** Longest sleep where nothing comes in. */
const WAIT_MS = 100
/** After the end: the last block is handed over by then. */
const DRAIN_MS = RETIRE_MS * 10

/** Opens the socket and gives it its filter, with the only privilege that capturing needs. */
export function openRingSocket(name: string, options: LiveOptions): PacketSocket {
  checkInterfaces([name])
  linkTypeOf(name)
  const socket = PacketSocket.open()
  try {
    const program = filterProgram(name, options.filter, options.snaplen ?? SNAPLEN_MAX)
    if (program !== undefined) socket.attachFilter(program)
    if (name === 'lo') socket.ignoreOutgoing()
  } catch (error) {
    socket.close()
    throw error
  }
  return socket
}

interface OpenRing {
  readonly socket: PacketSocket
  readonly memory: RingMemory
  readonly blocks: BlockReader
}

/** `socket` where one was opened before; it is closed here. */
export class RingCapture implements Capture {
  readonly #life: InterfaceLife
  readonly #options: LiveOptions
  readonly #limits: readonly string[]
  #socket: PacketSocket | undefined
  #ring: OpenRing | undefined
  #linkType = 1
  #closing = false
  #closedAt = 0
  #received = 0
  #dropped = 0
  #freezes = 0
  /** What the interface received while the socket was bound or unbound. */
  #edges = 0
  /** Of the interface, when nothing more came in from it. */
  #final: InterfaceStatus['counters']
  #packets = 0
  #bytes = 0
  #first: number | undefined
  #last: number | undefined
  #lookAt = 0
  #lastPacketAt = performance.now()

  constructor(
    name: string,
    options: LiveOptions,
    socket?: PacketSocket,
    limits: readonly string[] = [],
  ) {
    this.#life = new InterfaceLife(name)
    this.#options = options
    this.#socket = socket
    this.#limits = limits
  }

  async *batches(): AsyncGenerator<PacketBatch> {
    const ring = this.#open()
    const { blocks, memory } = ring
    let block = 0
    let turn = performance.now()
    try {
      for (;;) {
        if (performance.now() >= this.#lookAt) this.#look(ring)
        if (blocks.isReady(block)) {
          blocks.read(block, this.#linkType)
          this.#account(blocks)
          if (blocks.batch.count > 0) yield blocks.batch
          blocks.release(block)
          block = (block + 1) % memory.blocks
          if (performance.now() - turn < TURN_MS) continue
          await nextTurn()
        } else {
          if (this.#closing && this.#isDrained(ring)) return
          await this.#wait(ring)
        }
        turn = performance.now()
      }
    } finally {
      this.#finish(ring)
    }
  }

  status(): CaptureStatus {
    // Counted now, so that nothing is read that was not handed over.
    if (this.#ring !== undefined) this.#count(this.#ring.socket)
    const status: InterfaceStatus = {
      name: this.#life.name,
      way: 'ring',
      packets: this.#packets,
      received: this.#received,
      dropped: this.#dropped,
      droppedByInterface: undefined,
      freezes: this.#freezes,
      transmitted: this.#life.transmitted(),
      counters: this.#final ?? this.#life.counters(),
      silentMs: performance.now() - this.#lastPacketAt,
      away: this.#life.gaps.open,
      gaps: this.#life.gaps.kept,
      limits: this.#limits,
      edges: this.#edges,
      filtered: (this.#options.filter ?? '') !== '',
    }
    return {
      name: status.name,
      packets: this.#packets,
      bytes: this.#bytes,
      first: this.#first,
      last: this.#last,
      linkTypes: this.#packets === 0 ? [] : [this.#linkType],
      truncated: undefined,
      dropped: this.#dropped,
      interfaces: [status],
    }
  }

  /** Nothing more comes in; what is in the ring can still be read from `batches`. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true
      this.#closedAt = performance.now()
      if (this.#ring === undefined) this.#socket?.close()
      else this.#stop(this.#ring.socket)
    }
    return Promise.resolve()
  }

  #open(): OpenRing {
    const { name } = this.#life
    const socket = this.#socket ?? openRingSocket(name, this.#options)
    this.#socket = socket
    const memory = socket.ring((this.#options.bufferKiB ?? BUFFER_KIB) * 1024)
    const blocks = new BlockReader(memory.bytes, BLOCK_BYTES, this.#options.snaplen ?? SNAPLEN_MAX)
    const ring = { socket, memory, blocks }
    this.#ring = ring
    this.#linkType = linkTypeOf(name)
    blocks.batch.interface = name
    // Counters of the interface are read before the first packet can come.
    this.#life.begin()
    const { index } = this.#life
    if (index === undefined || !socket.bind(index)) throw noInterface(name)
    this.#life.look()
    this.#edges += this.#receivedByInterface
    this.#lookAt = performance.now() + LOOK_MS
    return ring
  }

  /** Nothing more comes in from now on. */
  #stop(socket: PacketSocket): void {
    if (this.#final !== undefined) return
    this.#life.look()
    const before = this.#receivedByInterface
    socket.stop()
    this.#life.look()
    // What came in between the two looks may be on either side, as at the beginning.
    this.#edges += this.#receivedByInterface - before
    this.#final = this.#life.counters() ?? {}
  }

  get #receivedByInterface(): number {
    return this.#life.counters()?.['rx_packets'] ?? 0
  }

  #account({ batch, captured, last }: BlockReader): void {
    this.#bytes = captured
    if (batch.count === 0) return
    this.#packets += batch.count
    this.#first ??= batch.time[0]
    this.#last = last
    this.#lastPacketAt = performance.now()
  }

  #look({ socket, blocks }: OpenRing): void {
    this.#lookAt = performance.now() + LOOK_MS
    this.#count(socket)
    socket.clearError()
    const isOther = this.#life.look()
    blocks.batch.interface = this.#life.name
    if (!isOther || this.#closing || this.#life.index === undefined) return
    // Made again, or gone between two lines: then the next look binds it.
    if (!socket.bind(this.#life.index)) this.#life.index = undefined
  }

  #count(socket: PacketSocket): void {
    const { packets, drops, freezes } = socket.counts()
    this.#received += packets - drops
    this.#dropped += drops
    this.#freezes += freezes
  }

  /** All that the kernel handed over has been read, or it does not come. */
  #isDrained({ socket }: OpenRing): boolean {
    this.#count(socket)
    return this.#packets >= this.#received || performance.now() - this.#closedAt > DRAIN_MS
  }

  /** Until the kernel hands a block over; at the latest when it is time to look again. */
  async #wait({ socket }: OpenRing): Promise<void> {
    const { poll } = native().koffi.node
    const ms = this.#closing ? RETIRE_MS / 4 : WAIT_MS
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        handle.close()
        resolve()
      }
      const timer = setTimeout(done, ms)
      const handle = poll(socket.descriptor, { readable: true }, done)
    })
  }

  #finish({ socket, memory }: OpenRing): void {
    this.#closing = true
    this.#stop(socket)
    this.#count(socket)
    this.#ring = undefined
    memory.release()
    socket.close()
  }
}
