/**
 * The functions of the C library that live capture calls, declared once. Nothing that could send
 * is among them, so no code of ours can reach it (a test greps).
 */
import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'

const require = createRequire(import.meta.url)

export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(socket: number, address: Uint8Array, length: number): number
  setsockopt(
    socket: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: number,
  ): number
  getsockopt(
    socket: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: Uint8Array,
  ): number
  mmap(
    address: null,
    length: number,
    protection: number,
    flags: number,
    file: number,
    offset: number,
  ): bigint
  munmap(address: bigint, length: number): number
  close(file: number): number
  fcntl(file: number, command: number, type: 'int', value: number): number
  prctl(option: number, a: number, b: number, c: number, d: number): number
  /** The same call with a pointer as its second argument. */
  prctlPointer(option: number, a: number, b: Uint8Array, c: number, d: number): number
  capset(header: Uint8Array, data: Uint8Array): number
  capget(header: Uint8Array, data: Uint8Array): number
  execve(path: string, argv: (string | null)[], envp: (string | null)[]): number
}

const declarations: Readonly<Record<keyof Libc, string>> = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, const void *address, uint32_t length)',
  setsockopt: 'int setsockopt(int fd, int level, int name, const void *value, uint32_t length)',
  getsockopt: 'int getsockopt(int fd, int level, int name, void *value, void *length)',
  mmap: 'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t at)',
  munmap: 'int munmap(void *address, size_t length)',
  close: 'int close(int fd)',
  fcntl: 'int fcntl(int fd, int command, ...)',
  prctl:
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
  prctlPointer:
    'int prctl(int option, unsigned long a, const void *b, unsigned long c, unsigned long d)',
  capset: 'int capset(void *header, const void *data)',
  capget: 'int capget(void *header, void *data)',
  execve: 'int execve(const char *path, const char **argv, const char **envp)',
}

export interface Native {
  readonly koffi: typeof Koffi
  readonly libc: Libc
}

let loaded: Native | undefined

/** Loaded when first used: other ways of capture do without it. Throws where koffi cannot load. */
export function native(): Native {
  if (loaded === undefined) {
    const koffi = require('koffi') as typeof Koffi
    // The program itself: its C library, whatever that is called here.
    const library = koffi.load(null)
    const functions = Object.entries(declarations).map(([name, text]) => [name, library.func(text)])
    loaded = { koffi, libc: Object.fromEntries(functions) as Libc }
  }
  return loaded
}

/** The name of the last call's error, as `EPERM`. */
export function errorName(): string {
  const { koffi } = native()
  const code = koffi.errno()
  return Object.entries(koffi.os.errno).find(([, value]) => value === code)?.[0] ?? `error ${code}`
}
