import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { launcherLimits, mayCapture } from './launcher.ts'

test.each<[string, boolean]>([
  ['Name:\tnode\nCapInh:\t0\nCapPrm:\t0000000000002000\nCapEff:\t0000000000000000\n', true],
  ['CapPrm:\t000001ffffffffff\n', true],
  ['CapPrm:\t0000000000000000\nCapEff:\t0000000000002000\n', false],
  ['CapPrm:\t0000000000001000\n', false],
  ['CapPrm:\tffffffffffffffffff\n', false],
  ['', false],
])('%j: %s', (status, expected) => {
  expect(mayCapture(status)).toBe(expected)
})

test.each(['', '0', '../self', '999999999'])('%j is no launcher', (launcher) => {
  expect(launcherLimits(launcher)).toEqual([])
})

const isRoot = process.getuid?.() === 0 && existsSync('/proc/self/status')

test.runIf(isRoot)('one that may capture is told of', () => {
  const [limit] = launcherLimits(String(process.pid))
  expect(limit).toContain(`process ${process.pid}, an older Node) keeps CAP_NET_RAW`)
  expect(limit).toContain(`${process.execPath} bin/fieldtap.js`)
})

/** The one that Debian brings: npm's is beside it. */
const older = '/usr/bin/node'
const isOlder = existsSync(older) && /^v(1\d|2[0-3])\./.test(spawnSync(older, ['-v']).stdout + '')

test.runIf(isOlder)('the launcher of an older Node says which process it is', () => {
  const words = ['bin/fieldtap.js', 'version']
  // What the child was told is seen in its environment.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_DEBUG: '', FIELDTAP_LAUNCHER: '' }
  const inject = `--import=data:text/javascript,console.log(process.version,process.pid,process.env.FIELDTAP_LAUNCHER)`
  const { stdout } = spawnSync(older, words, {
    encoding: 'utf8',
    env: { ...env, NODE_OPTIONS: inject },
  })
  const [outer = '', inner = ''] = stdout.split('\n')
  const [, pid] = outer.split(' ')
  expect(inner).toMatch(/^v(2[4-9]|[3-9]\d)\./)
  expect(inner.split(' ')[2]).toBe(pid)
})
