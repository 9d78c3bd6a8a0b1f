/** As much of DHCP (RFC 2131, RFC 2132) as the renewal of a lease needs. */

const FIXED_BYTES = 236
const MAGIC_COOKIE = 0x63825363
export const SERVER_PORT = 67
export const CLIENT_PORT = 68

export type Option = readonly [code: number, value: Buffer]

export function address(ip: string): Buffer {
  return Buffer.from(ip.split('.').map(Number))
}

export type DhcpMessage = {
  readonly reply: boolean
  readonly transaction: number
  readonly clientIp: string
  readonly yourIp: string
  readonly clientMac: string
  readonly options: readonly Option[]
}

export function encodeDhcp(message: DhcpMessage): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES + 4)
  fixed.writeUInt8(message.reply ? 2 : 1, 0)
  fixed.writeUInt8(1, 1)
  fixed.writeUInt8(6, 2)
  fixed.writeUInt32BE(message.transaction, 4)
  address(message.clientIp).copy(fixed, 12)
  address(message.yourIp).copy(fixed, 16)
  Buffer.from(message.clientMac.replaceAll(':', ''), 'hex').copy(fixed, 28)
  fixed.writeUInt32BE(MAGIC_COOKIE, FIXED_BYTES)
  const options = message.options.map(([code, value]) =>
    Buffer.concat([Buffer.of(code, value.length), value]),
  )
  return Buffer.concat([fixed, ...options, Buffer.of(255)])
}

export function decodeDhcp(bytes: Buffer): DhcpMessage | null {
  if (bytes.length < FIXED_BYTES + 4 || bytes.readUInt32BE(FIXED_BYTES) !== MAGIC_COOKIE)
    return null
  const options: Option[] = []
  let at = FIXED_BYTES + 4
  while (at + 1 < bytes.length && bytes[at] !== 255) {
    const length = bytes[at + 1] ?? 0
    options.push([bytes[at] ?? 0, bytes.subarray(at + 2, at + 2 + length)])
    at += 2 + length
  }
  return {
    reply: bytes[0] === 2,
    transaction: bytes.readUInt32BE(4),
    clientIp: [...bytes.subarray(12, 16)].join('.'),
    yourIp: [...bytes.subarray(16, 20)].join('.'),
    clientMac: bytes
      .subarray(28, 34)
      .toString('hex')
      .replace(/..(?!$)/g, '$&:'),
    options,
  }
}
