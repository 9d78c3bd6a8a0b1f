/**
 * A packet socket that only listens: packet(7) and the kernel's packet_mmap document. Opening it
 * needs CAP_NET_RAW; whatever is done with it afterwards needs none.
 */
import { CaptureError } from '../capture.ts'
import { errorName, native } from './libc.ts'

const AF_PACKET = 17
const SOCK_RAW = 3
const ETH_P_ALL = 0x0003
const [SOL_SOCKET, SOL_PACKET] = [1, 263] as const
const [SO_TYPE, SO_ERROR, SO_ATTACH_FILTER, SO_DOMAIN] = [3, 4, 26, 39] as const
/** linux/if_packet.h. */
const [ADD_MEMBERSHIP, RX_RING, STATISTICS, VERSION, RESERVE, IGNORE_OUTGOING] = [
  1, 5, 6, 10, 12, 23,
] as const
const TPACKET_V3 = 2
/** BPF_RET | BPF_K: no byte of any packet. */
const REFUSE_ALL = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0)
const MEMBERSHIP_PROMISCUOUS = 1
const [PROTECTION_READ_WRITE, MAP_SHARED] = [3, 1] as const
const [F_SETFD, FD_CLOEXEC] = [2, 1] as const

/**
 * Blocks are handed over full or after a time, so at low rates the number of blocks is how long
 * the sensor may be busy elsewhere: 256 blocks of 20 ms are five seconds.
 */
export const BLOCK_BYTES = 1 << 18
/** A block that is not full is handed over after so long: the delay of a packet at low rates. */
export const RETIRE_MS = 20
/** Room before each frame for the VLAN tag that the kernel took out of it. */
const RESERVE_BYTES = 4
const FRAME_BYTES = 2048

export interface KernelCounts {
  /** Packets that passed the filter, those dropped among them. */
  readonly packets: number
  readonly drops: number
  /** How often the ring was full. */
  readonly freezes: number
}

export interface RingMemory {
  readonly bytes: Uint8Array
  readonly blocks: number
  /** Gives the memory back; its views read as empty from then on, and not as a fault. */
  release(): void
}

export class PacketSocket {
  readonly descriptor: number
  /** The lock on sending names sockets by their numbers: no file may ever get one of these. */
  readonly #keepsNumber: boolean

  private constructor(descriptor: number, keepsNumber: boolean) {
    this.descriptor = descriptor
    this.#keepsNumber = keepsNumber
  }

  /** Protocol 0: nothing is received until it is bound, so nothing comes in unfiltered. */
  static open(): PacketSocket {
    const descriptor = native().libc.socket(AF_PACKET, SOCK_RAW, 0)
    if (descriptor >= 0) return new PacketSocket(descriptor, false).keepFromChildren()
    const name = errorName()
    if (name === 'EPERM' || name === 'EACCES') throw notPermitted()
    throw new CaptureError(
      'RING_UNAVAILABLE',
      `this kernel opens no packet socket (${name})`,
      'capture another way: --capture tcpdump',
    )
  }

  /** One that was opened before this process gave its privileges up; undefined if it is none. */
  static adopt(descriptor: number, isLocked: boolean): PacketSocket | undefined {
    const socket = new PacketSocket(descriptor, isLocked)
    const isOurs =
      socket.#number(SOL_SOCKET, SO_DOMAIN) === AF_PACKET &&
      socket.#number(SOL_SOCKET, SO_TYPE) === SOCK_RAW
    return isOurs ? socket.keepFromChildren() : undefined
  }

  keepFromChildren(): this {
    native().libc.fcntl(this.descriptor, F_SETFD, 'int', FD_CLOEXEC)
    return this
  }

  /** Survives the replacement of this process by itself. */
  keepOpen(): void {
    native().libc.fcntl(this.descriptor, F_SETFD, 'int', 0)
  }

  /** `program` is an array of struct sock_filter, 8 bytes each. */
  attachFilter(program: Uint8Array): void {
    const { koffi } = native()
    const descriptor = Buffer.alloc(16)
    descriptor.writeUInt16LE(program.length / 8, 0)
    descriptor.writeBigUInt64LE(koffi.address(program), 8)
    this.#set(SOL_SOCKET, SO_ATTACH_FILTER, descriptor, 'FILTER_INVALID')
  }

  /** Leaves out what this machine sends itself: on loopback each packet would be there twice. */
  ignoreOutgoing(): void {
    this.#set(SOL_PACKET, IGNORE_OUTGOING, int(1))
  }

  /** Makes the ring and maps it. */
  ring(bytes: number): RingMemory {
    const blocks = Math.max(2, Math.floor(bytes / BLOCK_BYTES))
    this.#set(SOL_PACKET, VERSION, int(TPACKET_V3))
    this.#set(SOL_PACKET, RESERVE, int(RESERVE_BYTES))
    const frames = (blocks * BLOCK_BYTES) / FRAME_BYTES
    const request = new Uint32Array([BLOCK_BYTES, blocks, FRAME_BYTES, frames, RETIRE_MS, 0, 0])
    this.#set(SOL_PACKET, RX_RING, new Uint8Array(request.buffer), 'RING_MEMORY')
    const length = blocks * BLOCK_BYTES
    const { koffi, libc } = native()
    const address = libc.mmap(null, length, PROTECTION_READ_WRITE, MAP_SHARED, this.descriptor, 0)
    if (address === 0n || BigInt.asIntN(64, address) === -1n) throw noRing('mmap', errorName())
    const memory = koffi.view(address, length)
    const release = (): void => {
      memory.transfer(0)
      libc.munmap(address, length)
      const none = new Uint8Array(request.byteLength)
      libc.setsockopt(this.descriptor, SOL_PACKET, RX_RING, none, none.length)
    }
    return { bytes: new Uint8Array(memory), blocks, release }
  }

  /** False where the interface is not there (any more). */
  bind(interfaceIndex: number): boolean {
    if (!this.#bind(ETH_P_ALL, interfaceIndex)) return false
    const membership = Buffer.alloc(16)
    membership.writeInt32LE(interfaceIndex, 0)
    membership.writeUInt16LE(MEMBERSHIP_PROMISCUOUS, 4)
    this.#set(SOL_PACKET, ADD_MEMBERSHIP, membership)
    return true
  }

  /**
   * Nothing more comes in, nor is counted; what is in the ring stays. A filter does it: to bind a
   * socket to no protocol leaves it with the one it has.
   */
  stop(): void {
    this.attachFilter(REFUSE_ALL)
  }

  /** Since the last time: reading them sets them to zero. */
  counts(): KernelCounts {
    const value = Buffer.alloc(12)
    if (native().libc.getsockopt(this.descriptor, SOL_PACKET, STATISTICS, value, int(12)) !== 0) {
      return { packets: 0, drops: 0, freezes: 0 }
    }
    const [packets, drops, freezes] = [0, 4, 8].map((at) => value.readUInt32LE(at))
    return { packets: packets ?? 0, drops: drops ?? 0, freezes: freezes ?? 0 }
  }

  /** Takes the pending error, as `the network is down`, off the socket. */
  clearError(): void {
    this.#number(SOL_SOCKET, SO_ERROR)
  }

  close(): void {
    if (!this.#keepsNumber) native().libc.close(this.descriptor)
  }

  /** struct sockaddr_ll. */
  #bind(protocol: number, interfaceIndex: number): boolean {
    const address = Buffer.alloc(20)
    address.writeUInt16LE(AF_PACKET, 0)
    address.writeUInt16BE(protocol, 2)
    address.writeInt32LE(interfaceIndex, 4)
    return native().libc.bind(this.descriptor, address, address.length) === 0
  }

  #number(level: number, option: number): number | undefined {
    const value = int(0)
    const result = native().libc.getsockopt(this.descriptor, level, option, value, int(4))
    return result === 0 ? value.readInt32LE(0) : undefined
  }

  #set(level: number, option: number, value: Uint8Array, code = 'RING_UNAVAILABLE'): void {
    if (native().libc.setsockopt(this.descriptor, level, option, value, value.length) === 0) return
    throw noRing(`option ${option}`, errorName(), code)
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value, 0)
  return bytes
}

function noRing(what: string, why: string, code = 'RING_UNAVAILABLE'): CaptureError {
  const remedy =
    code === 'RING_MEMORY' || why === 'ENOMEM'
      ? 'give the ring less memory: --buffer 16384'
      : 'capture another way: --capture tcpdump'
  return new CaptureError(code, `the kernel refuses the ring (${what}: ${why})`, remedy)
}

function notPermitted(): CaptureError {
  return new CaptureError(
    'CAPTURE_NOT_PERMITTED',
    'this user may not open a packet socket: it needs CAP_NET_RAW, which is dropped at once',
    'in a unit of systemd: AmbientCapabilities=CAP_NET_RAW, as deploy/systemd/fieldtap-sensor.service ' +
      'has it; or for this run: sudo HOME=$HOME setpriv --reuid $(id -u) --regid $(id -g) ' +
      '--init-groups --inh-caps +net_raw --ambient-caps +net_raw ' +
      `${process.execPath} bin/fieldtap.js sensor --interface eth1`,
  )
}
