import { expect, test } from 'vitest'
import { commandWords } from './command.ts'
import { dumpcapCommand } from './dumpcap.ts'
import { Messages, lastLine } from './messages.ts'
import type { PipeCommand } from './command.ts'
import { tcpdumpCommand } from './tcpdump.ts'
import { userCommand } from './user-command.ts'

test.each([
  ['tcpdump -U -w -', ['tcpdump', '-U', '-w', '-']],
  ["  ssh tap 'tcpdump -w - not port 22'  ", ['ssh', 'tap', 'tcpdump -w - not port 22']],
  ['a "b c"d e\\ f', ['a', 'b cd', 'e f']],
  ['a \'\' ""', ['a', '', '']],
  ["'it''s' \"\\\"x\\\"\" 'a\\b'", ['its', '"x"', 'a\\b']],
  ['a $HOME `x` ; | > b', ['a', '$HOME', '`x`', ';', '|', '>', 'b']],
  ['', []],
  [' \t\n', []],
])('%s', (line, words) => {
  expect(commandWords(line)).toEqual(words)
})

test.each(["ssh 'tap", 'a "b'])('a quote that does not end: %s', (line) => {
  expect(commandWords(line)).toBeUndefined()
})

function told(command: PipeCommand, ...chunks: string[]): Messages['counts'] {
  const messages = new Messages((line, counts) => command.read(line, counts))
  for (const chunk of chunks) messages.add(chunk)
  return messages.counts
}

test('numbers are taken from what the programs say, however it is cut', () => {
  const tcpdump = tcpdumpCommand({})
  const line = 'tcpdump: 5 packets captured, 12 packets received by filter, 7 packets dropped by'
  const counts = { passed: 12, dropped: 7, droppedByInterface: 0 }
  expect(told(tcpdump, line.slice(0, 40), line.slice(40), ' kernel\n')).toEqual(counts)
  const end = '5 packets captured\n12 packets received by filter\n7 packets dropped by kernel\n'
  expect(told(tcpdump, end)).toEqual(counts)
  expect(told(tcpdump, end, '3 packets dropped by interface\n').droppedByInterface).toBe(3)
  const said =
    "Packets received/dropped on interface 'eth1': 5/7 (pcap:7/dumpcap:0/flushed:0/ps_ifdrop:2) (41.7%)\n"
  expect(told(dumpcapCommand({}), 'Packets: 3 \rPackets: 5 \r', said)).toEqual({
    passed: 12,
    dropped: 7,
    droppedByInterface: 2,
  })
  const unknown = { passed: undefined, dropped: undefined, droppedByInterface: undefined }
  expect(told(userCommand(['x']), end)).toEqual(unknown)
  expect(told(tcpdump, '7 packets dropped by kernel')).toEqual(unknown)
})

test('what is kept of a flood of messages is bounded', () => {
  const messages = new Messages(() => {})
  for (let i = 0; i < 1000; i++) messages.add('x'.repeat(100))
  expect(messages.text.length).toBeLessThanOrEqual(4096)
  expect(lastLine('a\nb\r\n5 packets captured\n', /captured/)).toBe('b')
})

test.each([
  ['tcpdump: eth1: You do not have permission to capture', 'CAPTURE_NOT_PERMITTED'],
  ['tcpdump: eth9: No such device exists', 'INTERFACE_NOT_FOUND'],
  ['tcpdump: eth1: That device is not up', 'INTERFACE_DOWN'],
  ["tcpdump: can't parse filter expression: syntax error", 'FILTER_INVALID'],
  ['dumpcap: Invalid capture filter "prot tcp" for interface', 'FILTER_INVALID'],
  ['tcpdump: listening on eth1, link-type EN10MB\ntcpdump: pcap_loop: oh', 'CAPTURE_STOPPED'],
])('%s: %s', (text, code) => {
  expect(tcpdumpCommand({}).stopped('eth1', text, 1)).toMatchObject({ code })
})
