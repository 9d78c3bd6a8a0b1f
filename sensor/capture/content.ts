/** What a file that is no capture seems to be, and what to do about it. */
import { isUtf8 } from '../reader.ts'
import { CaptureError } from './capture.ts'
import type { Compression } from './compression.ts'

interface Kind {
  readonly magic: readonly number[]
  readonly is: string
  readonly remedy: string
}

const again = 'give a pcap or pcapng file, as tcpdump, dumpcap or Wireshark write it'

/** First bytes of formats that are mistaken for captures (file formats' own specifications). */
const kinds: readonly Kind[] = [
  { magic: [0x1f, 0x8b], is: 'gzip data', remedy: 'unpack it first: gunzip FILE' },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], is: 'zstd data', remedy: 'unpack it first: unzstd FILE' },
  { magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], is: 'xz data', remedy: 'unpack it first: unxz FILE' },
  { magic: [0x42, 0x5a, 0x68], is: 'bzip2 data', remedy: 'unpack it first: bunzip2 FILE' },
  { magic: [0x04, 0x22, 0x4d, 0x18], is: 'lz4 data', remedy: 'unpack it first: unlz4 FILE' },
  { magic: [0x50, 0x4b, 0x03, 0x04], is: 'a zip archive', remedy: 'unpack it first: unzip FILE' },
  { magic: [0x37, 0x7a, 0xbc, 0xaf], is: 'a 7-Zip archive', remedy: 'unpack it first: 7z x FILE' },
  { magic: [0x7f, 0x45, 0x4c, 0x46], is: 'an ELF program', remedy: again },
  { magic: [0x4d, 0x5a], is: 'a Windows program', remedy: again },
  { magic: [0x89, 0x50, 0x4e, 0x47], is: 'a PNG image', remedy: again },
  { magic: [0xff, 0xd8, 0xff], is: 'a JPEG image', remedy: again },
  { magic: [0x25, 0x50, 0x44, 0x46], is: 'a PDF document', remedy: again },
  { magic: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], is: 'an SQLite database', remedy: again },
  {
    magic: [0x73, 0x6e, 0x6f, 0x6f, 0x70],
    is: 'a snoop capture (RFC 1761)',
    remedy: 'convert it: editcap -F pcapng FILE out.pcapng',
  },
  {
    magic: [0x47, 0x4d, 0x42, 0x55],
    is: 'a Network Monitor capture',
    remedy: 'convert it: editcap -F pcapng FILE out.pcapng',
  },
  {
    magic: [0x13, 0x00, 0x00, 0x00, 0x4d, 0x53, 0x4e, 0x54],
    is: 'a Windows event trace',
    remedy: 'convert it: etl2pcapng FILE out.pcapng',
  },
]

/** `compression`: what the head was unpacked from. */
export function contentError(
  name: string,
  head: Uint8Array,
  compression?: Compression,
): CaptureError {
  const { is, remedy } = describe(head)
  if (compression === undefined) {
    return new CaptureError('NOT_A_CAPTURE', `${name} is not a capture: it ${is}`, remedy)
  }
  // One layer is unpacked, and no layer in it: bombs are nested.
  const unpack = compression === 'gzip' ? 'gunzip FILE' : 'unzstd FILE'
  return new CaptureError(
    'NOT_A_CAPTURE',
    `${name} is ${compression} data of what is not a capture: it ${is}`,
    remedy.startsWith('unpack') ? `unpack it first: ${unpack}` : remedy,
  )
}

/** Compressed data of which nothing could be read. */
export function damaged(name: string, problem: string): CaptureError {
  return new CaptureError(
    'NOT_A_CAPTURE',
    `${name} holds no capture that can be read: ${problem}`,
    'copy it again, and check the copy: gunzip -t FILE, unzstd -t FILE',
  )
}

function describe(head: Uint8Array): { is: string; remedy: string } {
  if (head.length === 0) {
    return { is: 'is empty', remedy: 'check that the capture was running and had been written' }
  }
  for (const kind of kinds) {
    if (kind.magic.every((byte, i) => head[i] === byte)) {
      return { is: `seems to be ${kind.is}`, remedy: kind.remedy }
    }
  }
  const start = head.subarray(0, 512)
  if (start.every((byte) => byte === 0)) return { is: 'holds only zero bytes', remedy: again }
  if (!start.every(isText) || !isUtf8(wholeCharacters(start))) {
    const short = head.length < 12 ? ' and is too short to be one' : ''
    return { is: `begins with ${hexOf(head.subarray(0, 4))}${short}`, remedy: again }
  }
  const first = String.fromCharCode(...start).trimStart()
  if (first.startsWith('{') || first.startsWith('['))
    return { is: 'seems to be JSON', remedy: again }
  if (first.startsWith('<')) return { is: 'seems to be XML or HTML', remedy: again }
  return { is: 'seems to be text', remedy: again }
}

/** Printable ASCII, tab, line ends, and what UTF-8 adds. */
function isText(byte: number): boolean {
  return byte >= 32 ? byte !== 127 : byte === 9 || byte === 10 || byte === 13
}

/** The last character may have been cut. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > bytes.length - 4 && end > 0 && (bytes[end - 1] as number) > 127) end--
  return bytes.length < 512 ? bytes : bytes.subarray(0, end)
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
