import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { CaptureError } from './capture.ts'
import { openFile } from './file.ts'

const folder = mkdtempSync(join(tmpdir(), 'fieldtap-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const header = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex')
const packet = Buffer.from('01000000020000000300000003000000aabbcc', 'hex')

async function codeOf(path: string): Promise<string> {
  try {
    for await (const batch of openFile(path).batches()) void batch
  } catch (error) {
    return error instanceof CaptureError ? error.code : String(error)
  }
  return 'read'
}

test('a file is read, and closed whether or not it is read to its end', async () => {
  const path = join(folder, 'two.pcap')
  writeFileSync(path, Buffer.concat([header, packet, packet]))
  const capture = openFile(path)
  let packets = 0
  for await (const batch of capture.batches()) packets += batch.count
  expect(packets).toBe(2)
  expect(capture.status()).toMatchObject({ name: path, bytes: 24 + 2 * 19, linkTypes: [1] })
  const other = openFile(path)
  for await (const batch of other.batches()) {
    expect(batch.count).toBe(2)
    break
  }
  await other.close()
  expect(other.status().packets).toBe(2)
})

test('what cannot be opened has its code', async () => {
  const text = join(folder, 'notes.txt')
  writeFileSync(text, 'these are notes, not packets')
  expect(await codeOf(join(folder, 'none.pcap'))).toBe('FILE_NOT_FOUND')
  expect(await codeOf(join(text, 'below.pcap'))).toBe('FILE_NOT_FOUND')
  expect(await codeOf(folder)).toBe('FILE_IS_DIRECTORY')
  expect(await codeOf(text)).toBe('NOT_A_CAPTURE')
})

test('a file that opens and cannot be read is told', async () => {
  // Address 0 of a process is never mapped: the read fails for root too.
  expect(await codeOf('/proc/self/mem')).toBe('FILE_UNREADABLE')
})
