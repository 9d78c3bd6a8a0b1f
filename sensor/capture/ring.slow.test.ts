/**
 * The ring by itself: byte-exact over a million packets, honest when it is too small, without
 * any privilege and unable to send once the program has replaced itself.
 */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Capture } from './capture.ts'
import { openFile } from './file.ts'
import { heardByPeer, listening, makeLab, removeLab, replay, until } from './lab.ts'
import type { Lab } from './lab.ts'
import { RingCapture } from './linux/ring.ts'

const MILLION = 1_000_000
const NOBODY = 65_534
const folder = mkdtempSync(join(tmpdir(), 'fieldtap-ring-'))
const file = join(folder, 'plant.pcap')
const root = join(import.meta.dirname, '../..')
let lab: Lab

beforeAll(() => {
  lab = makeLab('ftr')
  const words = ['bench/generate.ts', file, '--packets', String(MILLION), '--flows', '500']
  execFileSync(process.execPath, words, { cwd: root, stdio: 'pipe' })
})

afterAll(() => {
  expect(heardByPeer(lab), 'a mirror port sends nothing').toBe(0)
  removeLab(lab)
  rmSync(folder, { recursive: true, force: true })
})

interface Content {
  packets: number
  hash: number
  bytes: number
  wire: number
  times: boolean
}

/** FNV-1a over all bytes in order, with the length of each packet. */
async function contentOf(capture: Capture, pause = 0): Promise<Content> {
  const content = { packets: 0, hash: 0x811c9dc5, bytes: 0, wire: 0, times: true }
  let last = 0
  for await (const { bytes, count, offset, captured, wire, time } of capture.batches()) {
    let { hash } = content
    for (let i = 0; i < count; i++) {
      const [start, length] = [offset[i] as number, captured[i] as number]
      hash = Math.imul(hash ^ length, 0x01000193)
      for (let at = start; at < start + length; at++) {
        hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
      }
      content.bytes += length
      content.wire += wire[i] as number
      content.times &&= (time[i] as number) >= last
      last = time[i] as number
    }
    content.hash = hash
    content.packets += count
    if (pause > 0) await sleep(pause)
  }
  return content
}

test('is byte-exact over a million packets, tagged ones among them', async () => {
  const wanted = await contentOf(openFile(file))
  // Room for all of them: what is proved is content, whoever else uses this machine.
  const ring = new RingCapture(lab.near, { bufferKiB: 262_144 })
  const reading = contentOf(ring)
  await listening(lab.near)
  const sent = await replay(lab, file)
  await ring.close()
  const seen = await reading
  const [status] = ring.status().interfaces ?? []
  expect(status).toMatchObject({ dropped: 0, received: MILLION, packets: MILLION })
  expect(sent.packets).toBe(MILLION)
  expect(seen).toEqual({ ...wanted, times: true })
  expect(status?.counters).toMatchObject({ rx_packets: MILLION, rx_dropped: 0, tx_packets: 0 })
  process.stderr.write(`ring: ${MILLION} packets at ${Math.round(sent.perSecond)}/s, byte-exact\n`)
})

test('says exactly what it lost when it is too small and its reader too slow', async () => {
  const ring = new RingCapture(lab.near, { bufferKiB: 1024 })
  const reading = contentOf(ring, 20)
  await listening(lab.near)
  const sent = await replay(lab, file)
  await ring.close()
  const seen = await reading
  const [status] = ring.status().interfaces ?? []
  const { received = 0, dropped = 0, freezes = 0 } = status ?? {}
  expect(dropped).toBeGreaterThan(0)
  expect(freezes).toBeGreaterThan(0)
  expect(received + dropped).toBe(sent.packets)
  expect(seen.packets).toBe(received)
  expect(ring.status().dropped).toBe(dropped)
})

test('the rest of the process gets its turn while packets flood in', async () => {
  const ring = new RingCapture(lab.near, {})
  const reading = contentOf(ring)
  await listening(lab.near)
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  await replay(lab, file)
  clearInterval(timer)
  await ring.close()
  await reading
  expect(turns).toBeGreaterThan(20)
})

test('memory that is given back reads as empty and not as a fault', async () => {
  const ring = new RingCapture(lab.near, { bufferKiB: 1024 })
  let kept: Uint8Array = new Uint8Array(0)
  const timer = setTimeout(() => void replay(lab, file, ['--limit', '10', '--pps', '100']), 300)
  for await (const batch of ring.batches()) {
    kept = batch.bytes
    void ring.close()
  }
  clearTimeout(timer)
  expect(kept.length).toBe(0)
  expect(kept[100]).toBeUndefined()
})

/** Capabilities and locks of every thread, each as written in /proc. */
function locksOf(pid: number): Record<string, string>[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')
    const found = text.matchAll(/^(Cap\w+|NoNewPrivs|Seccomp):\s*(\w+)$/gm)
    return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]))
  })
}

const NONE = '0'.repeat(16)
const locked = { CapPrm: NONE, CapEff: NONE, CapInh: NONE, CapAmb: NONE, NoNewPrivs: '1' }

/** As an ordinary user with CAP_NET_RAW alone, which is in no bounding set any more. */
const asNobody = [
  ['setpriv', '--inh-caps=-all,+net_raw'],
  ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
].flat()
const withRaw = ['--ambient-caps=-all,+net_raw', '--bounding-set=-all']

async function sensor(prefix: readonly string[], data: string): Promise<ChildProcess> {
  const launcher = join(root, 'bin/fieldtap.js')
  const flags = ['sensor', '--interface', lab.near, '--capture', 'ring', '--data', data]
  const words = [...prefix, process.execPath, launcher, ...flags]
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`ended: ${code}`)))
  await Promise.race([listening(lab.near), ended])
  ended.catch(() => undefined)
  return child
}

test.each([
  ['an ordinary user with CAP_NET_RAW alone', [...asNobody, ...withRaw]],
  ['root', []],
])('as %s no thread holds a capability once it listens', async (_who, prefix) => {
  const data = mkdtempSync(join(folder, 'data-'))
  execFileSync('chown', [String(NOBODY), data])
  execFileSync('chmod', ['755', folder])
  if (prefix.length === 0) execFileSync('chown', ['0', data])
  const child = await sensor(prefix, data)
  const locks = await until(() => {
    const all = locksOf(child.pid ?? 0)
    return all.length > 4 && all[0]?.['Seccomp'] === '2' ? all : undefined
  })
  for (const lock of locks) expect(lock).toMatchObject({ ...locked, CapBnd: NONE, Seccomp: '2' })
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
})

/** Tries whatever could transmit, in a process that was locked as the sensor locks itself. */
const attempt = `
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { ringSockets } from '${pathToFileURL(join(root, 'sensor/capture/linux/privilege.ts')).href}'
const [near, index, out, locked] = process.argv.slice(2)
const { sockets, limits } = ringSockets([near], {}, locked === 'locked')
const fd = sockets.get(near).descriptor
sockets.get(near).bind(Number(index))
const koffi = createRequire('${join(root, 'package.json')}')('koffi')
const c = koffi.load(null)
const address = Buffer.alloc(20)
address.writeUInt16LE(17, 0)
address.writeUInt16BE(0x0800, 2)
address.writeInt32LE(Number(index), 4)
address[11] = 6
const bytes = Buffer.alloc(64, 1)
const vector = Buffer.alloc(16)
vector.writeBigUInt64LE(koffi.address(bytes), 0)
vector.writeBigUInt64LE(64n, 8)
const message = Buffer.alloc(56)
message.writeBigUInt64LE(koffi.address(address), 0)
message.writeUInt32LE(20, 8)
message.writeBigUInt64LE(koffi.address(vector), 16)
message.writeBigUInt64LE(1n, 24)
const zero = Buffer.alloc(8)
const results = {}
const name = () => Object.entries(koffi.os.errno).find(([, value]) => value === koffi.errno())?.[0]
const call = (label, declaration, ...values) => {
  const result = Number(c.func(declaration)(...values))
  results[label] = result < 0 ? name() : 'done: ' + result
}
call('sendto', 'int64_t sendto(int, void *, size_t, int, void *, uint32_t)', fd, bytes, 64, 0, address, 20)
call('sendmsg', 'int64_t sendmsg(int, void *, int)', fd, message, 0)
call('sendmmsg', 'int sendmmsg(int, void *, uint32_t, int)', fd, Buffer.concat([message, zero]), 1, 0)
call('write', 'int64_t write(int, void *, size_t)', fd, bytes, 64)
call('writev', 'int64_t writev(int, void *, int)', fd, vector, 1)
call('pwrite', 'int64_t pwrite(int, void *, size_t, int64_t)', fd, bytes, 64, 0)
call('dup', 'int dup(int)', fd)
call('dup2', 'int dup2(int, int)', fd, 200)
call('fcntl', 'int fcntl(int, int, ...)', fd, 0, 'int', 100)
call('tx ring', 'int setsockopt(int, int, int, void *, uint32_t)', fd, 263, 13, Buffer.alloc(28), 28)
call('socket IPv4', 'int socket(int, int, int)', 2, 1, 0)
call('socket IPv6', 'int socket(int, int, int)', 10, 2, 0)
call('socket packet', 'int socket(int, int, int)', 17, 3, 0)
call('socket local', 'int socket(int, int, int)', 1, 1, 0)
call('io_uring', 'long syscall(long, ...)', 425, 'int', 8, 'void *', Buffer.alloc(120))
writeFileSync(out, JSON.stringify({ results, limits }))
`

function attempted({ near }: Lab, locked: string): { results: Record<string, string> } {
  const script = join(folder, 'attempt.mjs')
  const out = join(folder, 'attempt.json')
  writeFileSync(script, attempt)
  const index = readFileSync(`/sys/class/net/${near}/ifindex`, 'utf8').trim()
  execFileSync(process.execPath, [script, near, index, out, locked], { stdio: 'pipe' })
  return JSON.parse(readFileSync(out, 'utf8')) as { results: Record<string, string> }
}

test('nothing that could transmit gets past the lock', () => {
  const before = heardByPeer(lab)
  const { results } = attempted(lab, 'locked')
  const { 'socket local': local, ...refused } = results
  expect(local).toMatch(/^done/)
  expect(Object.keys(refused)).toHaveLength(14)
  expect([...new Set(Object.values(refused))]).toEqual(['EPERM'])
  expect(heardByPeer(lab)).toBe(before)
})

test('without the lock the same attempts do transmit', () => {
  const other = makeLab('ftx')
  try {
    const { results } = attempted(other, 'open')
    for (const name of ['sendto', 'sendmsg', 'write', 'writev']) {
      expect(results[name], name).toMatch(/^done/)
    }
    // Without a capability the others are refused by the kernel all the same.
    expect(results['socket packet']).toBe('EPERM')
    expect(heardByPeer(other)).toBeGreaterThan(0)
  } finally {
    removeLab(other)
  }
})
