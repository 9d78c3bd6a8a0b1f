/**
 * One capture for each public function code: request and response as the examples of the Modbus
 * Application Protocol V1.1b3, section 6, have them, then a request that is refused.
 */
import type { Part } from '../bytes.ts'
import { join, u8, utf8 } from '../bytes.ts'
import type { Case } from '../case.ts'
import { Connection } from '../connection.ts'
import { MODBUS_PORT, adu } from '../modbus.ts'

type Exchange = readonly [request: Part, response: Part]

function functionCase(name: string, ...exchanges: readonly Exchange[]): Case {
  return {
    name: `modbus/${name}`,
    play(tape) {
      const connection = new Connection(tape, { serverPort: MODBUS_PORT }).open()
      exchanges.forEach(([request, response], i) => {
        connection.ask(adu(i + 1, 1, request))
        if (response !== '') connection.answer(adu(i + 1, 1, response))
      })
      connection.close()
    },
  }
}

/** Section 6.8.1; all are echoed or answered with a count, save Force Listen Only Mode. */
const diagnostics: readonly Exchange[] = [
  ['08 0000 A537', '08 0000 A537'],
  ['08 0001 FF00', '08 0001 FF00'],
  ['08 0002 0000', '08 0002 0010'],
  ['08 0003 0D00', '08 0003 0D00'],
  ['08 000A 0000', '08 000A 0000'],
  ['08 000B 0000', '08 000B 0064'],
  ['08 000C 0000', '08 000C 0001'],
  ['08 000D 0000', '08 000D 0002'],
  ['08 000E 0000', '08 000E 0063'],
  ['08 000F 0000', '08 000F 0000'],
  ['08 0010 0000', '08 0010 0000'],
  ['08 0011 0000', '08 0011 0003'],
  ['08 0012 0000', '08 0012 0000'],
  ['08 0014 0000', '08 0014 0000'],
  // Section 6.8: reserved.
  ['08 0005 0000', '88 03'],
  // No response is returned.
  ['08 0004 0000', ''],
]

/** Section 6.21: one object, its id and length first. */
function object(id: number, value: string): Uint8Array {
  const bytes = utf8(value)
  return join(u8(id, bytes.length), bytes)
}

/** 43/14: code, conformity level, more follows, next object, number of objects. */
function identification(head: string, ...objects: readonly Uint8Array[]): Uint8Array {
  return join('2B 0E', head, ...objects)
}

export const functionCases: readonly Case[] = [
  functionCase(
    'fc01-read-coils',
    ['01 0013 0013', '01 03 CD6B05'],
    ['01 FFF0 0011', '81 02'],
  ),
  functionCase(
    'fc02-read-discrete-inputs',
    ['02 00C4 0016', '02 03 ACDB35'],
    ['02 00C4 07D1', '82 03'],
  ),
  functionCase(
    'fc03-read-holding-registers',
    ['03 006B 0003', '03 06 022B 0000 0064'],
    ['03 2710 0001', '83 02'],
  ),
  functionCase('fc04-read-input-registers', ['04 0008 0001', '04 02 000A'], ['04 0008 0001', '84 04']),
  functionCase(
    'fc05-write-single-coil',
    ['05 00AC FF00', '05 00AC FF00'],
    ['05 00AC 0000', '05 00AC 0000'],
    ['05 00AC 1234', '85 03'],
  ),
  functionCase(
    'fc06-write-single-register',
    ['06 0001 0003', '06 0001 0003'],
    ['06 0001 FFFF', '86 03'],
  ),
  functionCase('fc07-read-exception-status', ['07', '07 6D'], ['07', '87 01']),
  functionCase('fc08-diagnostics', ...diagnostics),
  functionCase('fc11-get-comm-event-counter', ['0B', '0B FFFF 0108'], ['0B', '8B 06']),
  functionCase(
    'fc12-get-comm-event-log',
    ['0C', '0C 08 0000 0108 0121 20 00'],
    ['0C', '8C 08'],
  ),
  functionCase(
    'fc15-write-multiple-coils',
    ['0F 0013 000A 02 CD01', '0F 0013 000A'],
    ['0F 0013 000A 02 CD01', '8F 07'],
  ),
  functionCase(
    'fc16-write-multiple-registers',
    ['10 0001 0002 04 000A 0102', '10 0001 0002'],
    // Accepted, and it takes long (section 7).
    ['10 0001 0002 04 000A 0102', '90 05'],
  ),
  functionCase(
    'fc17-report-server-id',
    // Section 6.13: device specific; here a name between a byte of its kind and the run indicator.
    ['11', join('11 0B 01', utf8('Pump 1.07'), 'FF')],
    ['11', '91 0B'],
  ),
  functionCase(
    'fc20-read-file-record',
    ['14 0E 06 0004 0001 0002 06 0003 0009 0002', '14 0C 05 06 0DFE 0020 05 06 33CD 0040'],
    ['14 07 06 0000 0001 0002', '94 02'],
  ),
  functionCase(
    'fc21-write-file-record',
    ['15 0D 06 0004 0007 0003 06AF 04BE 100D', '15 0D 06 0004 0007 0003 06AF 04BE 100D'],
    ['15 09 06 0004 2710 0001 06AF', '95 02'],
  ),
  functionCase(
    'fc22-mask-write-register',
    ['16 0004 00F2 0025', '16 0004 00F2 0025'],
    ['16 2710 00F2 0025', '96 02'],
  ),
  functionCase(
    'fc23-read-write-multiple-registers',
    ['17 0003 0006 000E 0003 06 00FF 00FF 00FF', '17 0C 00FE 0ACD 0001 0003 000D 00FF'],
    ['17 0003 0006 2710 0001 02 00FF', '97 02'],
  ),
  functionCase('fc24-read-fifo-queue', ['18 04DE', '18 0006 0002 01B8 1284'], ['18 04DE', '98 03']),
  functionCase(
    'fc43-13-canopen',
    // The payload is that of CiA 309, which this tool does not read.
    ['2B 0D 0140 0000', '2B 0D 0140 0000 00'],
    ['2B 0D 0140 0000', 'AB 01'],
  ),
  functionCase(
    'fc43-14-device-identification',
    // Basic, in two responses: more follows, and the next object is 2.
    [
      '2B 0E 01 00',
      identification('01 82 FF 02 02', object(0, 'Company identification'), object(1, 'Product X')),
    ],
    ['2B 0E 01 02', identification('01 82 00 00 01', object(2, 'V2.11'))],
    // Regular, of a device that pads with spaces and writes Latin-1.
    [
      '2B 0E 02 03',
      identification(
        '02 82 00 00 04',
        object(3, 'https://example.com'),
        object(4, 'Pump control  '),
        join('05 04', '50E93130'),
        object(6, 'Press hall'),
      ),
    ],
    // Individual access to one object.
    ['2B 0E 04 01', identification('04 82 00 00 01', object(1, 'Product X'))],
    ['2B 0E 04 80', 'AB 02'],
  ),
  functionCase(
    'fc90-umas',
    ['5A 00 01 00', '5A 00 FE FD03 00 06'],
    ['5A 00 02 00', '5A 00 FE 00'],
    ['5A 00 10 24 00 00 00', '5A 00 FE 01'],
    ['5A 01 41 FF 00', '5A 01 FE'],
    ['5A 00 35', '5A 00 FD 80'],
  ),
  functionCase(
    'reserved-and-unknown-functions',
    // Annex A: reserved codes, which nobody answers any more.
    ['09', '89 01'],
    ['0A', '8A 01'],
    ['0D', '8D 01'],
    ['0E', '8E 01'],
    ['12', '92 01'],
    ['13', '93 01'],
    ['28', 'A8 01'],
    ['29', 'A9 01'],
    ['5B', 'DB 01'],
    ['7D', 'FD 01'],
    ['7E', 'FE 01'],
    ['7F', 'FF 01'],
    // Section 5: user defined, then one that nobody has assigned.
    ['41 01', 'C1 01'],
    ['30', 'B0 01'],
    // Behind a gateway (section 7).
    ['03 0000 0001', '83 0A'],
  ),
]
