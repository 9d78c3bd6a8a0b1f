/**
 * Filters of pcap-filter(7), compiled by libpcap for the interface itself: the kernel keeps VLAN
 * tags apart from the frame, and a filter made for a file would look for them in the wrong place.
 */
import type * as Koffi from 'koffi'
import { CaptureError, SNAPLEN_MAX } from '../capture.ts'
import { linkTypeOf } from './link-type.ts'
import { native } from './libc.ts'

/** What Alpine and Fedora, Debian, and a development package call it. */
const LIBRARIES = ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so']
const ERROR_BYTES = 256
/** struct bpf_insn. */
const INSTRUCTION_BYTES = 8
/** BPF_MAXINSNS of linux/bpf_common.h. */
const INSTRUCTIONS_MAX = 4096
/** Some 300 addresses. */
const EXPRESSION_BYTES_MAX = 4096
/** Before they are made fewer, which takes their square: about 2 s, and nothing else runs. */
const UNTRIMMED_MAX = 16_384
/** Of an expression that is refused, in its message. */
const SHOWN_MAX = 120
const UNKNOWN_NETMASK = 0xffffffff
/** BPF_RET | BPF_K: so many bytes of every packet. */
const RETURN_CONSTANT = 0x06
/** LINKTYPE_*; libpcap has a number of its own for raw IP in its programs. */
const [ETHERNET, RAW_IP, DLT_RAW] = [1, 101, 12] as const

/** The program for the kernel; undefined where everything is wanted whole. */
export function filterProgram(
  name: string,
  expression: string | undefined,
  snaplen: number,
): Uint8Array | undefined {
  if (expression !== undefined && expression.trim() !== '') {
    return compiled(name, expression, snaplen)
  }
  if (snaplen >= SNAPLEN_MAX) return undefined
  const program = Buffer.alloc(INSTRUCTION_BYTES)
  program.writeUInt16LE(RETURN_CONSTANT, 0)
  program.writeUInt32LE(snaplen, 4)
  return program
}

function compiled(name: string, expression: string, snaplen: number): Uint8Array {
  refuseUnread(expression)
  const { koffi } = native()
  const pcap = libpcap(koffi)
  const handle = pcap.create(name, Buffer.alloc(ERROR_BYTES))
  try {
    pcap.snaplen(handle, snaplen)
    // Opened for a moment: only so does it know that the kernel takes tags out.
    if (pcap.activate(handle) < 0) throw refused(expression, pcap.error(handle))
    if (pcap.linkType(handle) !== linkTypeOf(name)) {
      throw refused(expression, `it cannot be compiled for interfaces like ${name}`)
    }
    return programOf(koffi, pcap, handle, expression)
  } finally {
    pcap.close(handle)
  }
}

/**
 * Throws where an expression is none, or where nobody can say. Nothing is opened for it, so no
 * privilege is needed; `name` is an interface that is there, else it is taken for Ethernet.
 */
export function checkFilter(expression: string, name?: string): void {
  if (expression.trim() === '') return
  refuseUnread(expression)
  const { koffi } = native()
  const pcap = libpcap(koffi)
  const linkType = name === undefined ? ETHERNET : linkTypeOf(name)
  const handle = pcap.dead(linkType === RAW_IP ? DLT_RAW : linkType, SNAPLEN_MAX)
  try {
    programOf(koffi, pcap, handle, expression)
  } finally {
    pcap.close(handle)
  }
}

/** Nothing is compiled for these. */
function refuseUnread(expression: string): void {
  // A string ends there for libpcap: what follows would filter nothing, and nobody would know.
  if (expression.includes('\0')) throw refused(expression, 'it contains a NUL byte')
  const bytes = Buffer.byteLength(expression)
  if (bytes <= EXPRESSION_BYTES_MAX) return
  throw refused(expression, `it is too long (${bytes} bytes of at most ${EXPRESSION_BYTES_MAX})`)
}

function programOf(
  koffi: typeof Koffi,
  pcap: Libpcap,
  handle: unknown,
  expression: string,
): Uint8Array {
  const compile = (optimize: 0 | 1, max: number): Uint8Array => {
    const program = Buffer.alloc(16)
    if (pcap.compile(handle, program, expression, optimize, UNKNOWN_NETMASK) !== 0) {
      throw refused(expression, pcap.error(handle))
    }
    const count = program.readUInt32LE(0)
    const address = program.readBigUInt64LE(8)
    const isFit = count > 0 && count <= max
    const bytes = isFit ? koffi.view(address, count * INSTRUCTION_BYTES) : new ArrayBuffer(0)
    const copy = new Uint8Array(bytes).slice()
    pcap.free(program)
    if (isFit) return copy
    throw refused(expression, `it is too long (${count} instructions of at most ${max})`)
  }
  compile(0, UNTRIMMED_MAX)
  return compile(1, INSTRUCTIONS_MAX)
}

interface Libpcap {
  dead(linkType: number, snaplen: number): unknown
  create(name: string, error: Uint8Array): unknown
  snaplen(handle: unknown, bytes: number): number
  activate(handle: unknown): number
  linkType(handle: unknown): number
  compile(
    handle: unknown,
    program: Uint8Array,
    expression: string,
    optimize: number,
    netmask: number,
  ): number
  free(program: Uint8Array): void
  error(handle: unknown): string
  close(handle: unknown): void
}

/** Only what compiles: it could send, too, and none of that is declared. */
const declarations: Readonly<Record<keyof Libpcap, string>> = {
  dead: 'void *pcap_open_dead(int link_type, int snaplen)',
  create: 'void *pcap_create(const char *name, void *error)',
  snaplen: 'int pcap_set_snaplen(void *handle, int bytes)',
  activate: 'int pcap_activate(void *handle)',
  linkType: 'int pcap_datalink(void *handle)',
  compile: 'int pcap_compile(void *h, void *program, const char *expression, int o, uint32_t mask)',
  free: 'void pcap_freecode(void *program)',
  error: 'const char *pcap_geterr(void *handle)',
  close: 'void pcap_close(void *handle)',
}

function libpcap(koffi: typeof Koffi): Libpcap {
  for (const path of LIBRARIES) {
    let library: Koffi.LibraryHandle
    try {
      library = koffi.load(path)
    } catch {
      continue
    }
    const functions = Object.entries(declarations).map(([name, text]) => [name, library.func(text)])
    return Object.fromEntries(functions) as Libpcap
  }
  throw new CaptureError(
    'FILTER_COMPILER_MISSING',
    'a filter is compiled by libpcap, and that is not there',
    'install it: apt install libpcap0.8 (it comes with tcpdump), or leave the filter out',
  )
}

function refused(expression: string, why: string): CaptureError {
  const isLong = expression.length > SHOWN_MAX
  const shown = isLong ? `${expression.slice(0, SHOWN_MAX)}…` : expression
  return new CaptureError(
    'FILTER_INVALID',
    `the filter '${shown.replaceAll('\0', '\\0')}' is refused: ${why}`,
    'see pcap-filter(7); try it with: tcpdump -d FILTER',
  )
}
