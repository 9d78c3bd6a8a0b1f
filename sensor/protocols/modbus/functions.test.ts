import { describe, expect, test } from 'vitest'
import { modbus } from './index.ts'
import { decode, draftOf, oddities } from './sample.ts'

interface Row {
  readonly request: string
  readonly response: string
  readonly action: string
  readonly classes: string
  readonly targets?: string
  readonly written?: readonly number[]
  readonly read?: readonly number[]
  readonly fields?: Record<string, unknown>
}

/** Examples of MAP section 6, where it has them; the offsets are those of the standard. */
const functions: readonly Row[] = [
  {
    request: '01 0013 0013',
    response: '01 03 cd6b05',
    action: 'Read Coils',
    classes: 'read',
    targets: 'coil:19-37',
    read: [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1],
    fields: { 'modbus.table': 'coil', 'modbus.address': 19, 'modbus.quantity': 19 },
  },
  {
    request: '02 00c4 0001',
    response: '02 01 01',
    action: 'Read Discrete Inputs',
    classes: 'read',
    targets: 'discrete:196',
    read: [1],
  },
  {
    request: '03 006b 0003',
    response: '03 06 022b 0000 0064',
    action: 'Read Holding Registers',
    classes: 'read',
    targets: 'holding:107-109',
    read: [555, 0, 100],
  },
  {
    request: '04 0008 0001',
    response: '04 02 000a',
    action: 'Read Input Registers',
    classes: 'read',
    targets: 'input:8',
    read: [10],
  },
  {
    request: '05 00ac ff00',
    response: '05 00ac ff00',
    action: 'Write Single Coil',
    classes: 'write',
    targets: 'coil:172',
    written: [1],
  },
  {
    request: '06 0001 0003',
    response: '06 0001 0003',
    action: 'Write Single Register',
    classes: 'write',
    targets: 'holding:1',
    written: [3],
    fields: { 'modbus.values': [3] },
  },
  {
    request: '07',
    response: '07 6d',
    action: 'Read Exception Status',
    classes: 'other',
    read: [109],
  },
  {
    request: '08 0000 a537',
    response: '08 0000 a537',
    action: 'Return Query Data',
    classes: 'other',
    read: [0xa537],
    fields: { 'modbus.function': 'Diagnostics', 'modbus.subfunction_code': 0 },
  },
  {
    request: '08 0001 ff00',
    response: '08 0001 ff00',
    action: 'Restart Communications Option',
    classes: 'control',
    read: [0xff00],
    fields: { 'modbus.subfunction': 'Restart Communications Option' },
  },
  {
    request: '0b',
    response: '0b ffff 0108',
    action: 'Get Comm Event Counter',
    classes: 'other',
    read: [0xffff, 0x108],
  },
  {
    request: '0c',
    response: '0c 08 0000 0108 0121 20 00',
    action: 'Get Comm Event Log',
    classes: 'other',
    read: [0, 0x108, 0x121, 0x20, 0],
  },
  {
    request: '0f 0013 000a 02 cd01',
    response: '0f 0013 000a',
    action: 'Write Multiple Coils',
    classes: 'write',
    targets: 'coil:19-28',
    written: [1, 0, 1, 1, 0, 0, 1, 1, 1, 0],
  },
  {
    request: '10 0001 0002 04 000a 0102',
    response: '10 0001 0002',
    action: 'Write Multiple Registers',
    classes: 'write',
    targets: 'holding:1-2',
    written: [10, 258],
  },
  {
    request: '11',
    response: '11 05 41424344 ff',
    action: 'Report Server ID',
    classes: 'identify',
  },
  {
    request: '14 0e 06 0004 0001 0002 06 0003 0009 0002',
    response: '14 0c 05 06 0dfe 0020 05 06 33cd 0040',
    action: 'Read File Record',
    classes: 'read',
    targets: 'file:4/1 file:3/9',
    read: [0xdfe, 0x20, 0x33cd, 0x40],
  },
  {
    request: '15 0d 06 0004 0007 0003 06af 04be 100d',
    response: '15 0d 06 0004 0007 0003 06af 04be 100d',
    action: 'Write File Record',
    classes: 'program',
    targets: 'file:4/7',
    written: [0x6af, 0x4be, 0x100d],
  },
  {
    request: '16 0004 00f2 0025',
    response: '16 0004 00f2 0025',
    action: 'Mask Write Register',
    classes: 'write',
    targets: 'holding:4',
    fields: { 'modbus.and_mask': 0xf2, 'modbus.or_mask': 0x25 },
  },
  {
    request: '17 0003 0006 000e 0003 06 00ff 00ff 00ff',
    response: '17 0c 00fe 0acd 0001 0003 000d 00ff',
    action: 'Read/Write Multiple Registers',
    classes: 'write read',
    targets: 'holding:14-16 holding:3-8',
    written: [255, 255, 255],
    read: [0xfe, 0xacd, 1, 3, 13, 255],
    fields: { 'modbus.write_address': 14, 'modbus.write_values': [255, 255, 255] },
  },
  {
    request: '18 04de',
    response: '18 0006 0002 01b8 1284',
    action: 'Read FIFO Queue',
    classes: 'read',
    targets: 'fifo:1246',
    read: [440, 4740],
  },
  {
    request: '2b 0d 00001000',
    response: '2b 0d 00001000',
    action: 'CANopen General Reference',
    classes: 'other',
  },
  {
    request: '2b 0e 01 00',
    response: '2b 0e 01 01 ff 03 02 00 03 414243 01 02 5858',
    action: 'Read Device Identification',
    classes: 'identify',
  },
  { request: '41 010203', response: '41 aa', action: 'User Defined 65', classes: 'other' },
  {
    request: '7d 01',
    response: '7d 01',
    action: 'Firmware Replacement',
    classes: 'program',
  },
]

/** UMAS rides on function 90: session, function, data; the answer says 0xFE or 0xFD. */
const umas: readonly [code: string, action: string, classes: string][] = [
  ['02', 'UMAS READ_ID', 'identify'],
  ['10', 'UMAS TAKE_PLC_RESERVATION', 'session'],
  ['23', 'UMAS WRITE_VARIABLES', 'write'],
  ['25', 'UMAS WRITE_COILS_REGISTERS', 'write'],
  ['30', 'UMAS INITIALIZE_UPLOAD', 'program'],
  ['35', 'UMAS END_STRATEGY_DOWNLOAD', 'program'],
  ['40', 'UMAS START_PLC', 'control'],
  ['41', 'UMAS STOP_PLC', 'control'],
  ['71', 'UMAS WRITE_IO_OBJECT', 'write'],
  ['ee', 'UMAS', 'other'],
]

describe('functions', () => {
  test.each(functions.map((row) => [row.action, row] as const))('%s', (_name, row) => {
    const request = decode(row.request, true)
    const response = decode(row.response, false)
    expect(oddities(request)).toEqual([])
    expect(oddities(response)).toEqual([])
    expect(request.role).toBe('request')
    expect(response.exchange).toBe(request.exchange)
    const draft = draftOf(request)
    expect(draft.action).toBe(row.action)
    expect(draft.classes.join(' ')).toBe(row.classes)
    expect(draft.targets.join(' ')).toBe(row.targets ?? '')
    expect(draft.numbers).toEqual(row.written)
    const answer = modbus.answer(request, response, 0, modbus.open(modbus.server()))
    expect(answer?.outcome).toBe('success')
    expect(answer?.numbers).toEqual(row.read)
    expect(draft.fields).toMatchObject({
      'modbus.unit_id': 1,
      'modbus.transaction_id': 7,
      'modbus.matched': 'request',
      'modbus.framing': 'tcp',
      ...row.fields,
    })
    expect(answer?.fields).toMatchObject({ 'modbus.matched': 'both' })
  })

  test.each(umas)('UMAS 0x%s', (code, action, classes) => {
    const request = decode(`5a 00 ${code} 0102`, true)
    const draft = draftOf(request)
    expect([draft.action, draft.classes.join(' ')]).toEqual([action, classes])
    expect(draft.fields['modbus.umas.function_code']).toBe(Number.parseInt(code, 16))
    const outcome = (reply: string) =>
      modbus.answer(request, decode(`5a 00 ${reply} 01`, false), 0, modbus.open(modbus.server()))
        ?.outcome
    expect([outcome('fe'), outcome('fd')]).toEqual(['success', 'failure'])
  })
})
