import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { formatInputError, yamlEntry } from '#analyzer'
import { parseConfig } from './config.ts'
import { clusterFileErrors, clusterOptions } from './elastic-options.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), mode)
}
file('shipper.key', 'aWQ6a2V5\n')
file('open.key', 'aWQ6a2V5\n', 0o644)
file('two-lines.key', 'a\nb\n')
file('ca.pem', '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n', 0o644)

const head = 'elasticsearch:\n  url: https://es1:9200\n'

function errorsOf(text: string): string[] {
  const { config, errors, node } = parseConfig(head + text, 'f.yaml')
  expect(errors).toEqual([])
  const part = node && yamlEntry(node, 'elasticsearch')?.value
  const { elasticsearch } = config
  return elasticsearch === undefined
    ? []
    : clusterFileErrors(elasticsearch, part, 'f.yaml', folder).map(formatInputError)
}

test('files that are as they should be are no error', () => {
  expect(errorsOf('  ca_file: ca.pem\n  api_key_file: shipper.key\n')).toEqual([])
})

test('every file is looked at, and each error is told where the file is named', () => {
  const errors = errorsOf(
    '  ca_file: shipper.key\n  api_key_file: open.key\n  console_api_key_file: none.key\n',
  )
  expect(errors).toEqual([
    expect.stringMatching(/^f\.yaml:3:12: .*no certificate.*PEM/s),
    expect.stringMatching(/^f\.yaml:4:17: .*may be read by others.*chmod 600/s),
    expect.stringMatching(/^f\.yaml:5:25: none\.key does not exist/),
  ])
  expect(errorsOf('  username: a\n  password_file: two-lines.key\n')).toHaveLength(1)
  expect(errorsOf('  api_key_file: two-lines.key\n').join('')).not.toContain('a\nb')
})

test('the shipper and the console each have their key; paths go by the configuration', () => {
  const { config } = parseConfig(
    `${head}  api_key_file: shipper.key\n  console_api_key_file: /etc/console.key\n`,
    'f.yaml',
  )
  const { elasticsearch } = config
  expect(elasticsearch && clusterOptions(elasticsearch, '/etc/fieldtap')).toMatchObject({
    ship: { apiKeyFile: '/etc/fieldtap/shipper.key', namespace: 'default', requestMs: 30_000 },
    show: { apiKeyFile: '/etc/console.key' },
    retentionDays: 30,
    trust: [],
  })
  const user = parseConfig(`${head}  username: a\n  password_file: p\n`, 'f.yaml').config
  expect(user.elasticsearch && clusterOptions(user.elasticsearch, '/b')).toMatchObject({
    ship: { username: 'a', passwordFile: '/b/p' },
    show: { username: 'a', passwordFile: '/b/p' },
  })
})
