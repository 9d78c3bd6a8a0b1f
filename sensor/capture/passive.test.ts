/** The sensor has no transmit path: no code of ours names what could send, but to take it away. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const folders = ['bin', 'cli', 'sensor', 'analyzer']

const files = folders.flatMap((folder) => {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name) && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
})

/** Lines of code, comments left out; what stands in quotes stays: declarations are in them. */
function linesWith(pattern: RegExp, allowed: (line: string) => boolean = () => false): string[] {
  return files.flatMap((file) => {
    return readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line) => line.replace(/^\s*(\*|\/\*).*$/, '').replace(/\/\/ .*$/, ''))
      .flatMap((line, i) => (pattern.test(line) && !allowed(line) ? [`${file}:${i + 1}`] : []))
  })
}

test('no function that sends is declared or called', () => {
  expect(files.length).toBeGreaterThan(150)
  expect(linesWith(/\b(sendto|sendmsg|sendmmsg|pcap_inject|pcap_sendpacket|sendpacket)\b/)).toEqual(
    [],
  )
  // Taking it off the packages of npm is the one use of its name.
  const takesAway = (line: string): boolean => line.includes('Reflect.deleteProperty')
  const others = linesWith(/\b(send|inject)\b/, takesAway)
  expect(others.filter((at) => at.startsWith('sensor/'))).toEqual([])
})

test('no code of the sensor opens a connection', () => {
  const network = /'node:(net|dgram|http|https|http2|tls|dns)'|\bfetch\(|\bWebSocket\b/
  expect(linesWith(network).filter((at) => at.startsWith('sensor/'))).toEqual([])
})

/** Names of the C functions that a file declares. */
function declared(file: string): string[] {
  const text = readFileSync(join(root, 'sensor/capture/linux', file), 'utf8')
  const names = [...text.matchAll(/:\s*'[a-z0-9_ ]+ \*?([a-z0-9_]+)\(/g)].map(
    ([, name = '']) => name,
  )
  return [...new Set(names)].sort()
}

test('the functions of C libraries are these and no others', () => {
  expect(declared('libc.ts').join(' ')).toBe(
    'bind capget capset close execve fcntl getsockopt mmap munmap prctl setsockopt socket',
  )
  expect(declared('filter.ts').join(' ')).toBe(
    'pcap_activate pcap_close pcap_compile pcap_create pcap_datalink pcap_freecode pcap_geterr ' +
      'pcap_open_dead pcap_set_snaplen',
  )
  const others = linesWith(/\.func\(|koffi\.load\(/).map((at) => at.replace(/:\d+$/, ''))
  expect([...new Set(others)].sort()).toEqual([
    'sensor/capture/linux/filter.ts',
    'sensor/capture/linux/libc.ts',
  ])
})
