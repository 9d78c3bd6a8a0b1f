/**
 * The last lock: a filter of system calls, seccomp(2), under which this process cannot send. What
 * sends is refused, writing is refused on the sockets of the capture, and no socket but those of
 * this machine can be opened. What is refused fails with EPERM.
 */
import { errorName, native } from './libc.ts'

interface Condition {
  readonly argument: number
  /** Holds where the argument is one of these; `not` where it is none of them. */
  readonly is?: readonly number[]
  readonly not?: readonly number[]
}

/** All conditions have to hold for a call to be refused. */
interface Refusal {
  readonly x64: number | undefined
  readonly arm64: number | undefined
  readonly when: readonly Condition[]
}

const [AF_UNIX, AF_NETLINK] = [1, 16] as const
const [F_DUPFD, F_DUPFD_CLOEXEC] = [0, 1030] as const
const [PACKET_TX_RING, PACKET_QDISC_BYPASS] = [13, 20] as const

/** Numbers of asm/unistd_64.h and of asm-generic/unistd.h. */
function refusals(sockets: readonly number[]): Refusal[] {
  const of = (
    x64: number | undefined,
    arm64: number | undefined,
    ...when: Condition[]
  ): Refusal => ({
    x64,
    arm64,
    when,
  })
  const to = (argument: number): Condition => ({ argument, is: sockets })
  return [
    of(44, 206), // sendto
    of(46, 211), // sendmsg
    of(307, 269), // sendmmsg
    of(206, 0), // io_setup
    of(209, 2), // io_submit
    of(425, 425), // io_uring_setup
    of(426, 426), // io_uring_enter
    of(427, 427), // io_uring_register
    of(438, 438), // pidfd_getfd
    of(1, 64, to(0)), // write
    of(20, 66, to(0)), // writev
    of(18, 68, to(0)), // pwrite64
    of(296, 70, to(0)), // pwritev
    of(328, 287, to(0)), // pwritev2
    of(40, 71, to(0)), // sendfile
    of(275, 76, to(2)), // splice
    of(276, 77, to(1)), // tee
    of(278, 75, to(0)), // vmsplice
    of(326, 285, to(2)), // copy_file_range
    of(32, 23, to(0)), // dup
    of(33, undefined, to(0)), // dup2
    of(292, 24, to(0)), // dup3
    of(72, 25, to(0), { argument: 1, is: [F_DUPFD, F_DUPFD_CLOEXEC] }), // fcntl
    of(54, 208, to(0), { argument: 2, is: [PACKET_TX_RING, PACKET_QDISC_BYPASS] }), // setsockopt
    of(41, 198, { argument: 0, not: [AF_UNIX, AF_NETLINK] }), // socket
  ]
}

/** linux/audit.h. */
const architectures = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
type Architecture = keyof typeof architectures
/** Calls of the x32 ABI have this bit; none of ours does. */
const X32 = 0x40000000
/** linux/seccomp.h. */
const [ALLOW, REFUSE] = [0x7fff0000, 0x00050001] as const
/** linux/bpf_common.h: load a word, jump if equal, jump if greater or equal, return. */
const [LOAD, EQUAL, AT_LEAST, RETURN] = [0x20, 0x15, 0x35, 0x06] as const
/** struct seccomp_data: the low half of an argument is all of a file descriptor. */
const [NUMBER, ARCHITECTURE, ARGUMENTS] = [0, 4, 16] as const

type Instruction = readonly [code: number, k: number, whenTrue?: number, whenFalse?: number]

/** The program for a machine, as struct sock_filter. Exported for its test. */
export function seccompProgram(machine: Architecture, sockets: readonly number[]): Uint8Array {
  const program: Instruction[] = [
    [LOAD, ARCHITECTURE],
    [EQUAL, architectures[machine], 1, 0],
    [RETURN, REFUSE],
    [LOAD, NUMBER],
  ]
  if (machine === 'x64') program.push([AT_LEAST, X32, 0, 1], [RETURN, REFUSE])
  for (const refusal of refusals(sockets)) {
    const number = refusal[machine]
    if (number === undefined) continue
    const body = refusal.when.flatMap((condition) => check(condition))
    // A call of another number goes on behind this one's return.
    program.push([EQUAL, number, 0, body.length + 1], ...body, [RETURN, REFUSE])
  }
  program.push([RETURN, ALLOW])
  return encoded(program)
}

/** Goes on where the condition holds, and allows the call where it does not. */
function check({ argument, is, not }: Condition): Instruction[] {
  const values = is ?? not ?? []
  const load: Instruction = [LOAD, ARGUMENTS + 8 * argument]
  if (is !== undefined) {
    const jumps = values.map((value, i): Instruction => [EQUAL, value, values.length - i, 0])
    return [load, ...jumps, [RETURN, ALLOW]]
  }
  const jumps = values.flatMap((value): Instruction[] => [
    [EQUAL, value, 0, 1],
    [RETURN, ALLOW],
  ])
  return [load, ...jumps]
}

function encoded(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8)
  program.forEach(([code, k, whenTrue = 0, whenFalse = 0], i) => {
    bytes.writeUInt16LE(code, i * 8)
    bytes.writeUInt8(whenTrue, i * 8 + 2)
    bytes.writeUInt8(whenFalse, i * 8 + 3)
    bytes.writeUInt32LE(k, i * 8 + 4)
  })
  return bytes
}

const [PR_SET_SECCOMP, MODE_FILTER] = [22, 2] as const

/**
 * For this thread, and for all of a program that replaces this one. Needs no_new_privs. Says why
 * it could not be done; undefined where it was.
 */
export function refuseSending(sockets: readonly number[]): string | undefined {
  const machine = process.arch
  if (machine !== 'x64' && machine !== 'arm64') return `no table of system calls for ${machine}`
  const { koffi, libc } = native()
  const program = seccompProgram(machine, sockets)
  const descriptor = Buffer.alloc(16)
  descriptor.writeUInt16LE(program.length / 8, 0)
  descriptor.writeBigUInt64LE(koffi.address(program), 8)
  return libc.prctlPointer(PR_SET_SECCOMP, MODE_FILTER, descriptor, 0, 0) === 0
    ? undefined
    : errorName()
}
