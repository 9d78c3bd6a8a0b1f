/** Modbus on TCP and UDP as it should not be, and as it is in the field. */
import { hex, join, pieces } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection, Datagrams } from '../connection.ts'
import { MODBUS_PORT, adu } from '../modbus.ts'
import type { Tape } from '../tape.ts'

const opened = (tape: Tape, serverPort = MODBUS_PORT): Connection =>
  new Connection(tape, { serverPort }).open()

const READ = '03 0000 0002'
const VALUES = '03 04 0001 0002'
const WRITE = '06 0010 0064'

export const modbusCases: readonly Case[] = [
  {
    name: 'modbus/adu-in-single-bytes',
    play(tape) {
      const connection = opened(tape)
      for (const byte of pieces(adu(1, 1, READ), 1)) connection.data('client', byte)
      for (const byte of pieces(adu(1, 1, VALUES), 1)) connection.data('server', byte)
      connection.close()
    },
  },
  {
    name: 'modbus/adus-in-one-segment',
    play(tape) {
      opened(tape)
        .ask(adu(1, 1, READ), adu(2, 1, WRITE), adu(3, 2, READ).subarray(0, 9))
        .ask(adu(3, 2, READ).subarray(9))
        // Answered in another order: the transaction identifier joins them.
        .answer(adu(3, 2, '03 04 0003 0004'), adu(1, 1, VALUES), adu(2, 1, WRITE))
        .close()
    },
  },
  {
    name: 'modbus/protocol-identifier',
    play(tape) {
      opened(tape)
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        // Protocol identifier 1: guide 3.1.3 has only 0.
        .ask('0002 0001 0006 01', READ)
        .ask(adu(3, 1, READ))
        .answer(adu(3, 1, VALUES))
        .close()
    },
  },
  {
    name: 'modbus/length-contradicts-function',
    play(tape) {
      opened(tape)
        // Two bytes more than a read has.
        .ask(adu(1, 1, READ, 'FFFF'))
        .answer(adu(1, 1, '83 03'))
        // Two bytes less.
        .ask(adu(2, 1, '03 0000'))
        .answer(adu(2, 1, '83 03'))
        // A whole write hides behind the read.
        .ask(adu(3, 1, READ, adu(4, 1, WRITE)))
        .answer(adu(3, 1, VALUES))
        // The byte count says four, the quantity two registers, and there are three.
        .ask(adu(5, 1, '10 0001 0002 04 000A 0102 0003'))
        .answer(adu(5, 1, '10 0001 0002'))
        // A response whose byte count promises more than there is.
        .ask(adu(6, 1, READ))
        .answer(adu(6, 1, '03 08 0001 0002'))
        .close()
    },
  },
  {
    name: 'modbus/midstream-start',
    play(tape) {
      // Joined at the response of a request that was not seen.
      new Connection(tape, { serverPort: MODBUS_PORT })
        .answer(adu(7, 1, VALUES))
        .ask(adu(8, 1, READ))
        .answer(adu(8, 1, VALUES))
        .ask(adu(9, 1, WRITE))
        .answer(adu(9, 1, WRITE))
    },
  },
  {
    name: 'modbus/udp',
    play(tape) {
      new Datagrams(tape, { serverPort: MODBUS_PORT })
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .ask(adu(2, 1, WRITE))
        .answer(adu(2, 1, '86 04'))
    },
  },
  {
    name: 'modbus/udp-cut-short',
    play(tape) {
      new Datagrams(tape, { serverPort: MODBUS_PORT })
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        // Half an ADU: a datagram is not continued by the next one.
        .ask(adu(2, 1, WRITE).subarray(0, 8))
        .ask(adu(3, 1, READ))
        .answer(adu(3, 1, VALUES))
    },
  },
  {
    name: 'modbus/other-port',
    play(tape) {
      opened(tape, 1502)
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .ask(adu(2, 1, WRITE))
        .answer(adu(2, 1, WRITE))
        .close()
    },
  },
  {
    name: 'modbus/unanswered-write',
    play(tape) {
      const connection = opened(tape)
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .ask(adu(2, 1, WRITE))
        .acknowledge('server')
      // A broadcast is not answered (MAP 4.1), and nobody waits for it.
      connection.ask(adu(3, 0, WRITE))
      tape.wait(10_000)
      connection.ask(adu(4, 1, READ)).answer(adu(4, 1, VALUES)).close()
    },
  },
  {
    name: 'modbus/duplicate-response',
    play(tape) {
      opened(tape)
        .ask(adu(1, 1, READ))
        .answer(adu(1, 1, VALUES))
        .answer(adu(1, 1, '03 04 0001 FFFF'))
        // Answers nothing that was asked.
        .answer(adu(99, 1, VALUES))
        // Answers with the wrong function, then rightly.
        .ask(adu(2, 1, READ))
        .answer(adu(2, 1, '04 04 0001 0002'))
        .answer(adu(2, 1, VALUES))
        // The same transaction identifier for two different requests.
        .ask(adu(3, 1, READ), adu(3, 1, '03 0064 0001'))
        .answer(adu(3, 1, VALUES), adu(3, 1, '03 02 0005'))
        .close()
    },
  },
  {
    name: 'modbus/another-protocol-on-the-port',
    play(tape) {
      const text = 'GET / HTTP/1.1\r\nHost: plc\r\n\r\n'
      opened(tape)
        .ask(Buffer.from(text))
        .answer(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'))
        .ask(join(Buffer.from(text), hex('00')))
        .close()
    },
  },
]
