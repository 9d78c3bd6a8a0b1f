/**
 * A capture without end, on standard output: every moment another client takes a device off its
 * network, which is a finding for each, and reads. Nobody waits for whoever reads it.
 */
import { Connection } from '../pcaps/build/connection.ts'
import { PCAP, fileOf } from '../pcaps/build/file.ts'
import { MODBUS_PORT, adu } from '../pcaps/build/modbus.ts'
import { Tape } from '../pcaps/build/tape.ts'

export const CLIENT_MS = 250
const READS = 20
const FILE_HEAD_BYTES = 24
/** Modbus Application Protocol V1.1b3, 6.3 and 6.8: subfunction 4 is Force Listen Only Mode. */
const READ = '03 0000 0001'
const VALUE = '03 02 0001'
const LISTEN_ONLY = '08 0004 0000'

export function addressOf(client: number): string {
  return `10.98.${client >> 8}.${client & 255}`
}

function visit(client: number): Uint8Array {
  const tape = new Tape()
  const ip = addressOf(client)
  const mac = `02009800${client.toString(16).padStart(4, '0')}`
  const connection = new Connection(tape, { client: { ip, mac }, serverPort: MODBUS_PORT }).open()
  for (let i = 1; i <= READS; i++) connection.ask(adu(i, 1, READ)).answer(adu(i, 1, VALUE))
  connection.ask(adu(READS + 1, 1, LISTEN_ONLY)).close()
  const now = Date.now() * 1000
  const frames = tape.frames.map((frame, i) => ({ ...frame, time: now + i }))
  return fileOf(frames, 1, PCAP)
}

if (import.meta.main) {
  let client = 0
  setInterval(() => {
    const bytes = visit(++client)
    process.stdout.write(client === 1 ? bytes : bytes.subarray(FILE_HEAD_BYTES))
  }, CLIENT_MS)
}
