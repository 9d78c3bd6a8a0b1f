/**
 * What shards count for themselves must come out as one sensor alone counts it: whatever the
 * length of a batch, what is asked before a kind is settled and answered after, and how many.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { u16, u8 } from '../../pcaps/build/bytes.ts'
import { Connection } from '../../pcaps/build/connection.ts'
import { PCAP, fileOf } from '../../pcaps/build/file.ts'
import { MODBUS_PORT, adu } from '../../pcaps/build/modbus.ts'
import { MQTT_PORT, connack, connect } from '../../pcaps/build/mqtt.ts'
import { Tape } from '../../pcaps/build/tape.ts'
import { loadInputs } from '../inputs.ts'
import { judge } from './judged.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-shards-'))
afterAll(() => rmSync(folder, { recursive: true }))

const host = (last: number) => ({ ip: `10.0.0.${last}`, mac: `0080f40000${last + 10}` })

function modbus(tape: Tape, server = 2, clientPort = 40_000): Connection {
  const ends = { client: host(1), server: host(server), clientPort, serverPort: MODBUS_PORT }
  return new Connection(tape, ends).open()
}

const read = (id: number, address: number) => adu(id, 1, u8(3), u16(address), u16(1))
const value = (id: number, of: number) => adu(id, 1, u8(3, 2), u16(of))
const write = (id: number, address: number) => adu(id, 1, u8(6), u16(address), u16(5))

/** A request that waits while its kind is settled and repeated. */
function overtaken(tape: Tape): void {
  const plc = modbus(tape)
  for (let id = 1; id < 6; id++) plc.ask(read(id, 10)).answer(value(id, id))
  plc.ask(read(6, 10))
  for (let id = 7; id < 400; id++) plc.ask(read(id, 10)).answer(value(id, id))
  plc.answer(value(6, 7777)).close()
}

/** Asked before the direction is proven, answered with what raises a finding. */
function reconnecting(tape: Tape): void {
  for (let turn = 0; turn < 30; turn++) {
    const ends = { client: host(1), server: host(2), serverPort: MQTT_PORT }
    const broker = new Connection(tape, { ...ends, clientPort: 40_000 + turn }).open()
    broker
      .ask(connect({ level: 4, clientId: 'ab' }))
      .answer(connack(0))
      .close()
  }
}

/** More kinds of one pair than are kept, and then again. */
function sweeping(tape: Tape): void {
  const plc = modbus(tape)
  for (let turn = 0; turn < 2; turn++) {
    for (let at = 0; at < 9000; at++) {
      const id = (turn * 9000 + at) & 0xffff
      plc.ask(read(id, at)).answer(value(id, at))
    }
  }
  plc.close()
}

/** Repeats whose newest is many batches old when they are summed up, with writes behind them. */
function resting(tape: Tape): void {
  const [one, other] = [modbus(tape), modbus(tape, 3, 40_001)]
  for (let id = 1; id < 3000; id++) {
    if (id < 30) one.ask(read(id, 10)).answer(value(id, id))
    other.ask(read(id, 10)).answer(value(id, id))
    if (id >= 2990) other.ask(write(id, id)).answer(write(id, id))
  }
  one.close()
  other.close()
}

describe('shards that count repeats say the same', () => {
  test.each([
    ['a request that others overtake', overtaken, 4096],
    ['connections that come again', reconnecting, 1024],
    ['more kinds than are kept', sweeping, 64 * 1024],
    ['repeats that rest', resting, 1024],
  ])(
    '%s',
    async (name, play, chunk) => {
      const tape = new Tape()
      play(tape)
      const file = join(folder, `${name}.pcap`)
      writeFileSync(file, fileOf(tape.frames, 1, PCAP))
      const options = { inputs: loadInputs({}), phase: 'learning' } as const
      const one = await judge(file, 1, options, false, chunk)
      expect(one.records.length).toBeGreaterThan(2)
      for (const shards of [2, 3]) {
        expect(await judge(file, shards, options, false, chunk)).toEqual(one)
      }
    },
    60_000,
  )
})
