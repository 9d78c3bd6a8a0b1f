import { expect, test } from 'vitest'
import { seccompProgram } from './seccomp.ts'

const [ALLOW, REFUSE] = [0x7fff0000, 0x00050001] as const
const RING = 7
const machines = { x64: 0xc000003e, arm64: 0xc00000b7 } as const

/** What the kernel does with the program for one call: seccomp(2), struct seccomp_data. */
function verdict(
  machine: keyof typeof machines,
  number: number,
  values: readonly number[] = [],
  architecture: number = machines[machine],
): number {
  const program = Buffer.from(seccompProgram(machine, [RING, 9]))
  const data = Buffer.alloc(64)
  data.writeUInt32LE(number, 0)
  data.writeUInt32LE(architecture, 4)
  values.forEach((value, i) => data.writeBigUInt64LE(BigInt(value), 16 + 8 * i))
  let a = 0
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at)
    const k = program.readUInt32LE(at + 4)
    const jump = (isTrue: boolean): void => {
      at += 8 * program.readUInt8(at + (isTrue ? 2 : 3))
    }
    if (code === 0x20) a = data.readUInt32LE(k)
    else if (code === 0x15) jump(a === k)
    else if (code === 0x35) jump(a >= k)
    else if (code === 0x06) return k
    else throw new Error(`instruction ${code}`)
  }
  throw new Error('the program runs off its end')
}

const numbers = {
  x64: {
    sendto: 44,
    sendmsg: 46,
    sendmmsg: 307,
    submit: 209,
    write: 1,
    writev: 20,
    splice: 275,
    dup: 32,
  },
  arm64: {
    sendto: 206,
    sendmsg: 211,
    sendmmsg: 269,
    submit: 2,
    write: 64,
    writev: 66,
    splice: 76,
    dup: 23,
  },
} as const
const more = {
  x64: { socket: 41, fcntl: 72, setsockopt: 54, read: 0, openat: 257, execve: 59, futex: 202 },
  arm64: { socket: 198, fcntl: 25, setsockopt: 208, read: 63, openat: 56, execve: 221, futex: 98 },
} as const

test.each(['x64', 'arm64'] as const)('%s: nothing sends, the ring is not written to', (machine) => {
  const call = numbers[machine]
  for (const name of ['sendto', 'sendmsg', 'sendmmsg', 'submit'] as const) {
    expect(verdict(machine, call[name], [3]), name).toBe(REFUSE)
  }
  for (const name of ['write', 'writev', 'dup'] as const) {
    expect(verdict(machine, call[name], [RING]), name).toBe(REFUSE)
    expect(verdict(machine, call[name], [9]), name).toBe(REFUSE)
    expect(verdict(machine, call[name], [1]), name).toBe(ALLOW)
  }
  expect(verdict(machine, call.splice, [1, 0, RING])).toBe(REFUSE)
  expect(verdict(machine, call.splice, [RING, 0, 1])).toBe(ALLOW)
})

test.each(['x64', 'arm64'] as const)('%s: sockets are local or of the kernel', (machine) => {
  const { socket } = more[machine]
  for (const family of [2, 10, 17, 44, 40]) {
    expect(verdict(machine, socket, [family, 3]), `family ${family}`).toBe(REFUSE)
  }
  expect(verdict(machine, socket, [1, 1])).toBe(ALLOW)
  expect(verdict(machine, socket, [16, 3])).toBe(ALLOW)
})

test.each(['x64', 'arm64'] as const)(
  '%s: the ring gets no second number, no sending',
  (machine) => {
    const { fcntl, setsockopt } = more[machine]
    expect(verdict(machine, fcntl, [RING, 0])).toBe(REFUSE)
    expect(verdict(machine, fcntl, [RING, 1030])).toBe(REFUSE)
    expect(verdict(machine, fcntl, [RING, 2])).toBe(ALLOW)
    expect(verdict(machine, fcntl, [3, 0])).toBe(ALLOW)
    expect(verdict(machine, setsockopt, [RING, 263, 13])).toBe(REFUSE)
    expect(verdict(machine, setsockopt, [RING, 263, 1])).toBe(ALLOW)
  },
)

test.each(['x64', 'arm64'] as const)('%s: the rest of Node works', (machine) => {
  for (const name of ['read', 'openat', 'execve', 'futex'] as const) {
    expect(verdict(machine, more[machine][name], [RING]), name).toBe(ALLOW)
  }
})

test('calls by another way into the kernel are refused', () => {
  expect(verdict('x64', 0, [], 0x40000003)).toBe(REFUSE)
  expect(verdict('arm64', 63, [], 0x40000028)).toBe(REFUSE)
  expect(verdict('x64', 0x40000000 | 44)).toBe(REFUSE)
})
