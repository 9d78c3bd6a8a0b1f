/** Live capture by those who may not, or who may without being able to read the program. */
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { heardByPeer, makeLab, removeLab } from '../sensor/capture/lab.ts'
import type { Lab } from '../sensor/capture/lab.ts'
import { bundled } from './inputs.ts'

const NOBODY = 65_534
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-unprivileged-'))
let lab: Lab

beforeAll(() => {
  lab = makeLab('fto')
  chmodSync(folder, 0o755)
})

afterAll(() => {
  expect(heardByPeer(lab)).toBe(0)
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})

const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

function run(words: readonly string[]): { status: number | null; err: string } {
  const { status, stderr } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' })
  return { status, err: stderr }
}

function sensor(...flags: string[]): string[] {
  const data = join(folder, 'data')
  const words = [bundled('bin/fieldtap.js'), 'sensor', '--interface', lab.near, '--data', data]
  return [process.execPath, ...words, ...flags]
}

test('without CAP_NET_RAW the ring says how to get it', () => {
  const { status, err } = run([...asNobody, ...sensor('--capture', 'ring')])
  expect(status).toBe(2)
  expect(err).toMatch(/may not open a packet socket: it needs CAP_NET_RAW/)
  for (const remedy of ['deploy/systemd', 'sudo HOME=$HOME setpriv', 'AmbientCapabilities=']) {
    expect(err).toContain(remedy)
  }
  expect(err).not.toContain('setcap')
})

test('where nothing was chosen tcpdump is tried, and that is said', () => {
  mkdirSync(join(folder, 'data'))
  chownSync(join(folder, 'data'), NOBODY, NOBODY)
  const { status, err } = run([...asNobody, ...sensor()])
  expect(status).toBe(2)
  expect(err).toMatch(/fieldtap: tcpdump captures, not the ring: this user may not open a packet/)
  expect(err).toMatch(new RegExp(`this user may not capture on ${lab.near}`))
})

test('root that cannot read the program without its capabilities is told before it is lost', () => {
  // As a home directory that is its owner's alone, with the program in it, run by sudo.
  const home = join(folder, 'home')
  mkdirSync(home)
  const script = join(home, 'script.mjs')
  const product = pathToFileURL(bundled('sensor/capture/linux/privilege.ts')).href
  writeFileSync(
    script,
    `import { ringSockets } from '${product}'
     try {
       ringSockets(['${lab.near}'], {}, true)
     } catch ({ code, message, remedy }) {
       console.error(code, message, remedy)
     }`,
  )
  chownSync(home, NOBODY, NOBODY)
  chmodSync(home, 0o700)
  const { status, err } = run([process.execPath, script])
  expect(status).toBe(0)
  expect(err).toContain(`PROGRAM_UNREADABLE root without its capabilities may not read ${script}`)
  expect(err).toContain('setpriv --reuid USER')
})
