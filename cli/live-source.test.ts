import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CommandErrors } from './command.ts'
import { parseConfig } from './config.ts'
import type { RunFlags } from './options.ts'
import { resolveOptions } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-options-'))
const config = join(folder, 'fieldtap.yaml')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function sourceOf(text: string, flags: RunFlags = {}): unknown {
  writeFileSync(config, text)
  return resolveOptions([], { ...flags, config }).source
}

const live = (interfaces: string[], way?: string, command?: string[]): object => {
  return { kind: 'live', interfaces, way, command }
}

test.each([
  ['capture: {interface: eth1}', {}, live(['eth1'])],
  ['capture: {interface: [eth1, eth2], way: tcpdump}', {}, live(['eth1', 'eth2'], 'tcpdump')],
  ['capture: {interface: eth1}', { interface: ['eth5', 'eth6', 'eth5'] }, live(['eth5', 'eth6'])],
  ['capture: {interface: eth1, way: ring}', { capture: 'dumpcap' }, live(['eth1'], 'dumpcap')],
  [
    'capture: {interface: eth1}',
    { captureCommand: "ssh tap 'tcpdump -w -'" },
    live([], undefined, ['ssh', 'tap', 'tcpdump -w -']),
  ],
  ['capture: {command: cat x.pcap}', {}, live([], undefined, ['cat', 'x.pcap'])],
  ['capture: {command: [cat, a b]}', {}, live([], undefined, ['cat', 'a b'])],
  [
    'capture: {file: [/b.pcap, a.pcap]}',
    {},
    { kind: 'file', files: ['/b.pcap', join(folder, 'a.pcap')], follow: false },
  ],
  ['site: here', {}, { kind: 'demo' }],
])('%s %j', (text, flags, source) => {
  expect(sourceOf(text, flags)).toEqual(source)
})

function errorsOf(flags: RunFlags, file?: string): string[] {
  writeFileSync(config, 'site: here')
  try {
    resolveOptions(file === undefined ? [] : [file], { ...flags, config })
  } catch (error) {
    if (error instanceof CommandErrors) return error.errors.map(({ message }) => message)
    return [(error as Error).message]
  }
  return []
}

test('all that is wrong with a command line is told at once', () => {
  const flags = {
    interface: ['a name', 'eth1', 'any'],
    capture: 'magic',
    snaplen: '5',
    buffer: 'much',
    port: '70000',
    host: '0.0.0.0',
    timezone: 'Nowhere',
  }
  expect(errorsOf(flags).sort()).toEqual([
    "'a name' cannot be a network interface",
    '--buffer much is not a whole number from 1024 to 1048576',
    '--capture magic is no way to capture',
    '--port 70000 is not a whole number from 0 to 65535',
    '--snaplen 5 is not a whole number from 64 to 262144',
    'any is all interfaces: others beside it would be seen twice',
    'the console does not listen on 0.0.0.0',
    'the time zone Nowhere is not known',
  ])
})

test.each([
  [{ capture: 'ring' }, undefined, '--capture ring says how, and nothing says where'],
  [
    { interface: ['any'], capture: 'ring' },
    undefined,
    'all interfaces at once (any) cannot be captured with ring',
  ],
  [{ captureCommand: ' ' }, undefined, '--capture-command is empty'],
  [{ captureCommand: "ssh 'tap" }, undefined, '--capture-command has a quote that does not end'],
  [
    { captureCommand: 'cat x', interface: ['eth1'] },
    undefined,
    '--capture-command goes with neither --interface nor --capture',
  ],
  [
    { captureCommand: 'cat x', snaplen: '96' },
    undefined,
    '--filter, --snaplen and --buffer are not passed on',
  ],
  [{ interface: ['eth1'] }, 'x.pcap', 'a file and an interface were both named'],
])('%j %s', (flags, file, message) => {
  expect(errorsOf(flags, file)).toEqual([message])
})

test('what is wrong in fieldtap.yaml is told with its place', () => {
  const text = `capture:
  interface: [eth1, any, 'a b']
  way: ring
  filter: tcp
  command: "ssh 'tap"
  buffer: 5
`
  const { errors } = parseConfig(text, 'f.yaml')
  const told = errors.map(({ line, column, message }) => `${line}:${column} ${message}`)
  expect(told.pop()).toMatch(/^6:11 /)
  expect(told).toEqual([
    "2:14 'a b' cannot be a network interface",
    '2:14 all interfaces at once (any) cannot be captured with ring',
    '2:14 any is all interfaces: others beside it would be seen twice',
    '3:8 capture.way is not passed on to capture.command',
    '4:11 capture.filter is not passed on to capture.command',
    '5:12 capture names more than one source: interface, command',
    '5:12 command has a quote that does not end',
  ])
})
