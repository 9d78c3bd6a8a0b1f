/** Modbus: a client that reads its list of registers, and writes from time to time. */
import type { Link, Writer } from '../writer.ts'
import { PUSH } from '../writer.ts'

/** One answer in so many is an exception, one request in so many a write. */
const EXCEPTION_EVERY = 200
const WRITE_EVERY = 50
/** Blocks of registers in the list of one client. */
const LIST_BLOCKS = 16

const payload = Buffer.alloc(512)

/** One Modbus transaction: what the list says next, and its answer. */
export function modbus(writer: Writer, link: Link, next: () => number): void {
  // A polling list is made once: each block has its address and its length for good.
  const block = link.step % LIST_BLOCKS
  const count = 4 + ((block * 7) % 12)
  const isWrite = link.step % WRITE_EVERY === WRITE_EVERY - 1
  const address = (isWrite ? 500 : block * 20) + (link.index % 7)
  payload.writeUInt16BE(link.transaction & 0xffff, 0)
  payload.writeUInt16BE(0, 2)
  payload.writeUInt16BE(6, 4)
  payload[6] = 1 + (link.index % 4)
  payload[7] = isWrite ? 6 : 3
  payload.writeUInt16BE(address, 8)
  payload.writeUInt16BE(isWrite ? 1000 + (link.step % 50) : count, 10)
  writer.segment(link, true, PUSH, payload, 12)
  writer.wait(1 + (next() % 40))
  let length = 12
  if (next() % EXCEPTION_EVERY === 0) {
    payload.writeUInt16BE(3, 4)
    payload[7] = (payload[7] as number) | 0x80
    payload[8] = 2
    length = 9
  } else if (!isWrite) {
    payload.writeUInt16BE(3 + count * 2, 4)
    payload[8] = count * 2
    for (let i = 0; i < count; i++) payload.writeUInt16BE(200 + (next() % 16), 9 + i * 2)
    length = 9 + count * 2
  }
  writer.segment(link, false, PUSH, payload, length)
  link.transaction++
}
