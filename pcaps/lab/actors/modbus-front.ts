/**
 * The small Modbus server of our own that stands before the real one on port 502. The stack behind
 * it answers all that it knows; the front adds what no stack at hand does: Diagnostics (FC 8) with
 * listen-only mode and restart (Application Protocol V1.1b3, section 6.8), and exceptions for
 * function codes that are unknown or requests that are too short, on which the stack stays silent.
 */

import { connect, createServer, type Socket } from 'node:net'

const MBAP_BYTES = 7
/** A PDU has 253 bytes at most (V1.1b3, section 4.1); a longer length closes the connection. */
const LENGTH_FIELD_MAX = 254

/**
 * Bytes of a request after its function code, at least (V1.1b3, section 6), for all codes that the
 * simulated devices know. Every other code is exception 1.
 */
const DATA_BYTES_MIN: Readonly<Record<number, number>> = {
  1: 4,
  2: 4,
  3: 4,
  4: 4,
  5: 4,
  6: 4,
  8: 4,
  15: 6,
  16: 7,
  43: 3,
}

type Frame = {
  readonly bytes: Buffer
  readonly transaction: number
  readonly unit: number
  readonly functionCode: number
  readonly data: Buffer
}

/** Cuts a stream into ADUs and hands each on; says false when the stream makes no sense. */
export function frameReader(take: (frame: Frame) => void): (bytes: Buffer) => boolean {
  let held = Buffer.alloc(0)
  return (bytes) => {
    held = Buffer.concat([held, bytes])
    while (held.length > MBAP_BYTES) {
      const length = held.readUInt16BE(4)
      if (length < 2 || length > LENGTH_FIELD_MAX) return false
      const end = 6 + length
      if (held.length < end) return true
      const frame = held.subarray(0, end)
      held = held.subarray(end)
      take({
        bytes: frame,
        transaction: frame.readUInt16BE(0),
        unit: frame.readUInt8(6),
        functionCode: frame.readUInt8(7),
        data: frame.subarray(8),
      })
    }
    return true
  }
}

export function makeFrame(
  transaction: number,
  unit: number,
  functionCode: number,
  data: Buffer,
): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(transaction, 0)
  header.writeUInt16BE(2 + data.length, 4)
  header.writeUInt8(unit, 6)
  header.writeUInt8(functionCode, 7)
  return Buffer.concat([header, data])
}

function exception(frame: Frame, code: number): Buffer {
  return makeFrame(frame.transaction, frame.unit, frame.functionCode | 0x80, Buffer.of(code))
}

export function startFront(address: string, backendPort: number): Promise<void> {
  let listenOnly = false
  const clients = new Set<Socket>()

  /** True when the front has dealt with the request itself. */
  const handled = (client: Socket, frame: Frame): boolean => {
    const { functionCode, data } = frame
    const subfunction = functionCode === 8 && data.length >= 4 ? data.readUInt16BE(0) : -1
    if (listenOnly) {
      // Section 6.8.1: only Restart Communications Option is looked at, and it is not answered.
      if (subfunction === 1) listenOnly = false
      return true
    }
    const dataBytesMin = DATA_BYTES_MIN[functionCode]
    if (dataBytesMin === undefined || data.length < dataBytesMin) {
      client.write(exception(frame, dataBytesMin === undefined ? 1 : 3))
      return true
    }
    if (functionCode !== 8) return false
    if (subfunction === 4) {
      listenOnly = true
    } else if (subfunction === 1) {
      client.write(frame.bytes)
      // The port is initialised anew: every other connection is gone.
      for (const other of clients) if (other !== client) other.end()
    } else if (subfunction === 0) {
      client.write(frame.bytes)
    } else {
      client.write(exception(frame, 1))
    }
    return true
  }

  const server = createServer((client) => {
    clients.add(client)
    client.setNoDelay(true)
    const backend = connect(backendPort, '127.0.0.1')
    const close = (): void => {
      clients.delete(client)
      client.end()
      backend.destroy()
    }
    const requests = frameReader((frame) => {
      if (!handled(client, frame)) backend.write(frame.bytes)
    })
    const responses = frameReader((frame) => {
      if (!listenOnly) client.write(frame.bytes)
    })
    client.on('data', (bytes: Buffer) => {
      if (!requests(bytes)) close()
    })
    backend.on('data', (bytes: Buffer) => {
      if (!responses(bytes)) close()
    })
    for (const socket of [client, backend]) {
      socket.on('error', close)
      socket.on('close', close)
    }
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(502, address, () => resolve())
  })
}
