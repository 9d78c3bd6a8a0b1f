/** `--follow` as a user types it, on a file that this test writes. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openStore } from '#analyzer'
import { bundled } from './inputs.ts'

const launcher = bundled('bin/fieldtap.js')
const whole = readFileSync(bundled('pcaps/plant/misuse/function-code-scan.pcapng'))
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-follow-'))
const children = new Set<ChildProcess>()
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

class Run {
  out = ''
  err = ''
  readonly code: Promise<number | null>
  readonly #child: ChildProcess

  constructor(...args: string[]) {
    const child = spawn(process.execPath, [launcher, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text))
    this.code = new Promise((resolve) => {
      child.on('close', (code) => {
        children.delete(child)
        resolve(code)
      })
    })
    children.add(child)
    this.#child = child
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }
}

/** The test's own time limit is the only one. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(20)
}

test('analyze --follow tells operations as they are written, the rest at Ctrl-C', async () => {
  const path = join(folder, 'analyze.pcap')
  const half = whole.length >> 1
  writeFileSync(path, whole.subarray(0, half))
  const run = new Run('analyze', path, '--follow', '--operations', '-')
  await until(() => run.out.includes('\n'))
  const before = run.out.length
  appendFileSync(path, whole.subarray(half))
  await until(() => run.out.length > before)
  run.interrupt()
  expect(await run.code).toBeLessThanOrEqual(1)
  const plain = new Run('analyze', path, '--operations', '-')
  await plain.code
  expect(run.out).toBe(plain.out)
})

test('a file that is not there is waited for, and that it never came is an error', async () => {
  const path = join(folder, 'later.pcap')
  const never = new Run('analyze', path, '--follow', '--json')
  await until(() => never.err.includes(`waiting for ${path} to appear\n`))
  never.interrupt()
  expect(await never.code).toBe(2)
  expect(never.err).toContain(`${path} never appeared\n  Check the path`)
  expect(never.out).toBe('')
  writeFileSync(path, whole.subarray(0, 10))
  const short = new Run('analyze', path, '--follow')
  await until(() => short.err.includes(`waiting for ${path} to grow`))
  short.interrupt()
  expect(await short.code).toBe(2)
  expect(short.err).toContain('never became a capture')
})

test('analyze --each --follow is refused: the first file would have no end', async () => {
  const run = new Run('analyze', 'a.pcap', '--each', '--follow')
  expect(await run.code).toBe(2)
  expect(run.err).toMatch(/--each ends with every file.*\n {2}Keep one/)
})

test('sensor --follow is a live sensor: it goes on at the end of the file', async () => {
  const path = join(folder, 'sensor.pcap')
  const data = join(folder, 'data')
  const half = whole.length >> 1
  writeFileSync(path, whole.subarray(0, half))
  const run = new Run('sensor', path, '--follow', '--data', data)
  const store = await openStore(data)
  const packets = async () => (await store.sensors())[0]?.health.packets ?? 0
  await until(async () => (await packets()) > 0)
  const before = await packets()
  appendFileSync(path, whole.subarray(half))
  await until(async () => (await packets()) > before)
  const health = (await store.sensors())[0]?.health
  expect(health).toMatchObject({ mode: 'live', state: 'running', source: path })
  run.interrupt()
  expect(await run.code).toBe(0)
  await store.close()
})

test.each([['analyze', 'a.pcap', 'b.pcap'], ['analyze', '-'], ['sensor', '-'], ['sensor']])(
  '%s %s %s --follow is refused: one file can be followed',
  async (...args) => {
    const run = new Run(...args, '--follow', ...(args[0] === 'sensor' ? ['--data', folder] : []))
    expect(await run.code).toBe(2)
    expect(run.err).toContain('--follow needs one capture file')
  },
)
