import { describe, expect, test } from 'vitest'
import { formatInputError } from '#analyzer'
import { parseConfig } from './config.ts'

const told = (text: string): string[] => parseConfig(text, 'f.yaml').errors.map(formatInputError)

describe('fieldtap.yaml', () => {
  test('takes every key that README names', () => {
    const { config, errors } = parseConfig(
      `sensor:
  id: sensor-1
site: plant-a
timezone: Europe/Vienna
capture:
  interface: eth1
  filter: not port 22
  snaplen: 65535
policy: zones.yaml
baseline: plant.baseline.yaml
rules: [my-rules/]
learning:
  days: 7
store:
  data: /var/lib/fieldtap
  quota: 20GiB
  reserve: 128MiB
retention:
  operations: 200000
  days: 30
  findings_days: 200
console:
  host: 127.0.0.1
  port: 8620
elasticsearch:
  url: [https://es1:9200, http://127.0.0.1:9201]
  namespace: north_1
  ca_file: ca.pem
  api_key_file: shipper.key
  console_api_key_file: console.key
  malcolm: true
  retention_days: 30
  trust: ["ed25519:MCowBQYDK2VwAyEAMCowBQYDK2VwAyEAMCowBQYDK2U="]
`,
      'f.yaml',
    )
    expect(errors).toEqual([])
    expect(config.capture).toEqual({ interface: 'eth1', filter: 'not port 22', snaplen: 65535 })
    expect(config.rules).toEqual(['my-rules/'])
  })

  test('tells every error at once, each with its place', () => {
    const errors = told(`sensr:
  id: x
capture:
  snaplen: 5
console:
  port: many
`)
    expect(errors).toHaveLength(3)
    expect(errors[0]).toMatch(/^f\.yaml:1:1: .*sensr.*sensor/s)
    expect(errors.some((error) => error.startsWith('f.yaml:4:'))).toBe(true)
    expect(errors.some((error) => error.startsWith('f.yaml:6:'))).toBe(true)
  })

  test.each([
    ['timezone: Mars/Olympus', /Mars\/Olympus.*IANA/],
    ['console:\n  host: 0.0.0.0', /^f\.yaml:2:9: .*loopback/],
    ['capture:\n  interface: a\n  file: b', /Keep one/],
    ['elasticsearch:\n  url: http://es1:9200', /^f\.yaml:2:8: .*without TLS.*https/s],
    ['elasticsearch:\n  url: https://a:b@es1:9200', /^f\.yaml:2:8: .*password/],
    ['elasticsearch:\n  url: [https://es1:9200, ftp://es2]', /^f\.yaml:2:27: /],
    ['elasticsearch:\n  url: https://es1:9200\n  namespace: A-b', /^f\.yaml:3:14: .*namespace/],
    ['elasticsearch:\n  namespace: a', /^f\.yaml:2:3: .*url/],
    ['elasticsearch:\n  url: https://es1\n  username: a', /^f\.yaml:\d:\d+: .*alone/],
    [
      'elasticsearch:\n  url: https://es1\n  api_key_file: k\n  username: a\n  password_file: p',
      /^f\.yaml:3:17: .*both.*Keep one/s,
    ],
    ['elasticsearch:\n  url: https://es1\n  trust: [ed25519:short]', /^f\.yaml:3:11: /],
    ['elasticsearch:\n  url: https://es1\n  password: secret', /^f\.yaml:3:3: .*password/],
    ['store:\n  quota: 200MiB', /^f\.yaml:2:10: .*reserve of 64MiB.*256MiB/s],
    ['store:\n  quota: 1GiB\n  reserve: 512MiB', /^f\.yaml:2:10: .*2048MiB/s],
    ['store:\n  quota: 5 GB', /^f\.yaml:2:10: /],
    ['retention:\n  days: 0', /^f\.yaml:2:9: /],
    ['site: [1', /^f\.yaml:1/],
  ])('refuses %s', (text, error) => {
    expect(told(text)).toEqual([expect.stringMatching(error)])
  })

  test('an empty file is no error', () => {
    expect(told('')).toEqual([])
    expect(told('# nothing yet\n')).toEqual([])
  })
})

test('a key that is given twice hides no other error, and is judged once', () => {
  const lines = told(
    'site: a\nsite: b\ntimezone: Mars/X\nlearning: 5\nbaseline: &a x\npolicy: *a\n',
  )
  expect(lines.map((line) => /^f\.yaml:(\d+):/.exec(line)?.[1])).toEqual(['2', '3', '4', '5', '6'])
  expect(lines[0]).toContain('`site` is given twice, first on line 1. Keep one of them.')
  expect(lines[4]).toContain('aliases are not allowed')
})
