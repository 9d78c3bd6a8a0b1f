/**
 * The misuse that the day holds, in its order: who does what to whom and what a right sensor says.
 * `expected` are the findings of severity high or critical that must come, the main one first;
 * `possible` are those that may come too and are not false.
 */

import type { HostKey } from '../plan/hosts.ts'

export type Misuse = {
  readonly name: string
  readonly source: HostKey
  readonly target: HostKey
  /** Others whose traffic shows the deed or its effect. */
  readonly witnesses: readonly HostKey[]
  readonly what: string
  readonly expected: readonly string[]
  readonly possible: readonly string[]
  /** What tshark must find between the two hosts, and how often at least. */
  readonly proof: { readonly filter: string; readonly least: number }
}

export const MISUSES: readonly Misuse[] = [
  {
    name: 'new-client-writes',
    source: 'eng',
    target: 'plc1',
    witnesses: [],
    what: 'The engineering station, which only ever read, writes the set-point of a PLC.',
    expected: ['mb-01'],
    possible: ['mb-13', 'mb-02'],
    proof: { filter: 'modbus.func_code == 6', least: 6 },
  },
  {
    name: 'value-out-of-range',
    source: 'hmi',
    target: 'plc1',
    witnesses: [],
    what: 'The HMI, a known writer, writes a set-point far outside its usual range.',
    expected: ['mb-03'],
    possible: [],
    proof: { filter: 'modbus.func_code == 6', least: 2 },
  },
  {
    name: 'register-out-of-range',
    source: 'hmi',
    target: 'plc1',
    witnesses: [],
    what: 'The HMI, a known writer, writes a register that nobody ever wrote.',
    expected: ['mb-02'],
    possible: [],
    proof: { filter: 'modbus.func_code == 6', least: 2 },
  },
  {
    name: 'cross-zone-connection',
    source: 'officePc',
    target: 'plc1',
    witnesses: [],
    what: 'An office PC opens Modbus/TCP to a PLC across zones without a conduit and reads.',
    expected: ['zn-01'],
    possible: ['gn-02', 'gn-03'],
    proof: { filter: 'modbus.func_code == 3', least: 4 },
  },
  {
    name: 'mqtt-wildcard-subscription',
    source: 'officePc',
    target: 'broker3',
    witnesses: [],
    what: 'A new MQTT client without a user name subscribes to # and reads everything.',
    expected: ['mq-03'],
    possible: ['mq-01', 'mq-09'],
    proof: { filter: 'mqtt.msgtype == 8 && mqtt.topic == "#"', least: 1 },
  },
  {
    name: 'sparkplug-rogue-command',
    source: 'historian',
    target: 'broker5',
    witnesses: ['edge1'],
    what: "The historian's host, which never commanded, sends a DCMD to a drive.",
    expected: ['mq-04'],
    possible: ['mq-01', 'mq-02', 'mq-09', 'mq-13'],
    proof: { filter: 'mqtt.msgtype == 3 && mqtt.topic contains "/DCMD/"', least: 1 },
  },
  {
    name: 'opcua-anonymous-write',
    source: 'eng',
    target: 'uaServer',
    witnesses: [],
    what: "The engineering station opens an anonymous session and writes the MES's set-point.",
    expected: ['ua-05', 'ua-03', 'ua-02'],
    possible: ['ua-01', 'ua-04', 'ua-17'],
    proof: { filter: 'opcua.servicenodeid.numeric == 673', least: 2 },
  },
  {
    name: 'opcua-anonymous-method',
    source: 'rogue',
    target: 'uaServer',
    witnesses: [],
    what: 'A device that nobody declared calls, anonymously, a method that nobody calls.',
    expected: ['ua-06', 'ua-03', 'zn-03'],
    possible: ['gn-01', 'gn-02', 'gn-03', 'ua-01', 'ua-02', 'ua-04', 'ua-07'],
    proof: { filter: 'opcua.servicenodeid.numeric == 712', least: 1 },
  },
  {
    name: 'function-code-scan',
    source: 'eng',
    target: 'plc3',
    witnesses: [],
    what: 'The engineering station tries function codes 1 to 127 on a PLC; it answers exceptions.',
    expected: ['gn-09', 'mb-10', 'zn-06', 'mb-01', 'mb-11', 'mb-15'],
    possible: ['mb-02', 'mb-04', 'mb-05', 'mb-06', 'mb-09', 'mb-12'],
    proof: { filter: 'modbus.exception_code', least: 120 },
  },
  {
    name: 'force-listen-only',
    source: 'eng',
    target: 'plc2',
    witnesses: ['hmi', 'scada', 'historian'],
    what: 'Diagnostics, Force Listen Only Mode: the PLC answers nobody until it is restarted.',
    expected: ['mb-06', 'mb-07', 'zn-06'],
    possible: ['gn-02', 'gn-03', 'gn-13', 'mb-05'],
    proof: { filter: 'modbus.func_code == 8', least: 1 },
  },
  {
    name: 'restart-communications',
    source: 'eng',
    target: 'plc2',
    witnesses: ['hmi', 'scada', 'historian'],
    what: 'Diagnostics, Restart Communications: ends listen-only mode, then closes connections.',
    expected: ['mb-06', 'zn-06'],
    possible: ['gn-02', 'gn-03', 'mb-05', 'mb-07'],
    proof: { filter: 'modbus.func_code == 8', least: 3 },
  },
]
