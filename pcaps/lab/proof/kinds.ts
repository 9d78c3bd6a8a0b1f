/**
 * The kinds of conversation in a capture, as tshark reads them. What later recordings do in normal
 * work must have been in the one that is learned from, or a quiet plant would not be quiet.
 */

import { run } from '../net/command.ts'

/** [filter, fields]: each combination of the fields' values is a kind. */
const KINDS: readonly (readonly [string, readonly string[]])[] = [
  [
    'tcp.dstport == 502 && modbus',
    ['ip.src', 'ip.dst', 'mbtcp.unit_id', 'modbus.func_code', 'modbus.reference_num'],
  ],
  [
    'tcp.srcport == 502 && modbus.exception_code',
    ['ip.src', 'ip.dst', 'mbtcp.unit_id', 'modbus.func_code', 'modbus.exception_code'],
  ],
  ['opcua.servicenodeid.numeric', ['ip.src', 'ip.dst', 'opcua.servicenodeid.numeric']],
  ['mqtt.topic', ['ip.src', 'ip.dst', 'mqtt.topic']],
  ['dhcp', ['ip.src', 'ip.dst', 'dhcp.option.dhcp']],
  ['tcp.flags.syn == 1 && tcp.flags.ack == 0', ['ip.src', 'ip.dst', 'tcp.dstport']],
]

/**
 * `opaque` is the host whose OPC UA is encrypted. One frame may carry several messages: the last
 * field is then a list and each member a kind.
 */
export function kindsOf(file: string, before: string | null, opaque: string): Set<string> {
  const found = new Set<string>()
  for (const [filter, fields] of KINDS) {
    const limit = before === null ? '' : ` && frame.time_epoch < ${before}`
    const readable = filter.startsWith('opcua') ? ` && !(ip.addr == ${opaque})` : ''
    const out = run('tshark', [
      '-r',
      file,
      '-Y',
      `(${filter})${limit}${readable}`,
      '-T',
      'fields',
      ...fields.flatMap((field) => ['-e', field]),
    ])
    for (const line of out.toString().split('\n')) {
      if (line === '') continue
      const columns = line.split('\t')
      const last = columns.pop() ?? ''
      for (const member of last.split(',')) {
        if (member !== '' && isService(filter, member)) found.add([...columns, member].join(' '))
      }
    }
  }
  return found
}

/**
 * The ids of services are below 65,536 (OPC UA Part 6, NodeIds of the services); after a lost
 * segment tshark 4.0 takes bytes from the middle of a message for one.
 */
function isService(filter: string, member: string): boolean {
  return !filter.startsWith('opcua') || Number(member) < 65_536
}
