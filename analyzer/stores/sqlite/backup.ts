/**
 * A copy of a store, made beside a running sensor, and brought back. Each file is a snapshot of
 * its own; the main database comes first, and what it does not list of the others is taken over
 * when the copy is opened. The manifest comes last: a copy without one is no backup.
 */
import * as fs from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { StoreError } from '../store.ts'
import { OBSERVATIONS_DIR, damageOf, openFile, storeFiles } from './check.ts'
import { DATABASE_FILE, makeFolder, syncFolder } from './database.ts'

const MANIFEST = 'manifest.json'
const FORMAT = 'fieldtap-backup/1'
const PIECE_BYTES = 1 << 20

export interface Manifest {
  format: string
  made: string
  files: { name: string; bytes: number; sha256: string }[]
}

export function backupStore(dir: string, to: string): Manifest {
  if (fs.existsSync(to) && fs.readdirSync(to).length > 0) {
    const remedy = 'Name a folder that is empty or not there yet.'
    throw new StoreError('BACKUP_REFUSED', `there is something in ${to}`, remedy)
  }
  makeFolder(to)
  const files = copyAll(dir, to).map((name) => {
    const path = join(to, name)
    return { name, bytes: fs.statSync(path).size, sha256: hashOf(path) }
  })
  for (const folder of [join(to, OBSERVATIONS_DIR), to]) {
    if (fs.existsSync(folder)) syncFolder(folder)
  }
  const manifest = { format: FORMAT, made: new Date().toISOString(), files }
  const draft = join(to, `${MANIFEST}.part`)
  writeFile(draft, `${JSON.stringify(manifest, undefined, 2)}\n`)
  fs.renameSync(draft, join(to, MANIFEST))
  syncFolder(to)
  return manifest
}

/** The names of what was copied. */
function copyAll(dir: string, to: string): string[] {
  const names = storeFiles(dir)
  const isCopied = (name: string): boolean => {
    const path = join(to, name)
    makeFolder(dirname(path))
    fs.rmSync(path, { force: true })
    if (!fs.existsSync(join(dir, name))) return false
    snapshot(join(dir, name), path)
    return true
  }
  const copied = names.filter(isCopied)
  // What findings cite of a day that has been deleted since went into the main database after its
  // copy was made: once more, and then again what was written meanwhile, which that one may cite.
  const isWritten = (name: string): boolean =>
    name !== DATABASE_FILE && fs.existsSync(join(dir, `${name}-wal`))
  if (copied.length < names.length) {
    for (const name of [DATABASE_FILE, ...copied.filter(isWritten)]) isCopied(name)
  }
  return copied
}

/** One statement: whole transactions only, whoever writes meanwhile. */
function snapshot(from: string, to: string): void {
  fs.closeSync(fs.openSync(to, 'ax', 0o600))
  const db = openFile(from)
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  syncFile(to)
  const copy = openFile(to)
  try {
    const damage = damageOf(copy, 'quick_check')
    if (damage !== '') {
      const remedy = 'Look at the store with fieldtap store check.'
      throw new StoreError('STORE_CORRUPT', `the copy of ${from} is damaged: ${damage}`, remedy)
    }
  } finally {
    copy.close()
  }
}

/** Into a folder that holds no store; the caller sees to it that no sensor writes there. */
export function restoreStore(from: string, dir: string): Manifest {
  const manifest = readManifest(from)
  refuseStore(dir, manifest)
  for (const file of manifest.files) verify(join(from, file.name), file.sha256)
  // The main database last and under its name at once: before that it is no store.
  const ordered = manifest.files.toSorted((a, b) => rank(a.name) - rank(b.name))
  for (const { name, sha256 } of ordered) {
    const path = join(dir, name)
    makeFolder(dirname(path))
    fs.copyFileSync(join(from, name), `${path}.part`)
    fs.chmodSync(`${path}.part`, 0o600)
    syncFile(`${path}.part`)
    verify(`${path}.part`, sha256)
    fs.renameSync(`${path}.part`, path)
    syncFolder(dirname(path))
  }
  return manifest
}

function rank(name: string): number {
  return name === DATABASE_FILE ? 1 : 0
}

function refuseStore(dir: string, { files }: Manifest): void {
  const folder = join(dir, OBSERVATIONS_DIR)
  const days = fs.existsSync(folder) ? fs.readdirSync(folder) : []
  const known = new Set(files.map(({ name }) => name))
  const foreign = days.filter((name) => {
    return name.endsWith('.db') && !known.has(`${OBSERVATIONS_DIR}/${name}`)
  })
  const isStore = ['', '-wal', '-shm'].some((end) => {
    return fs.existsSync(join(dir, `${DATABASE_FILE}${end}`))
  })
  if (!isStore && foreign.length === 0) return
  const what = isStore ? 'a store' : `observations of another store (${foreign[0]})`
  const remedy = 'Restore into an empty folder, or move what is there away.'
  throw new StoreError('RESTORE_REFUSED', `there is ${what} in ${dir}`, remedy)
}

const safeName = /^(fieldtap\.db|observations\/\d{4}-\d\d-\d\d(-\d+)?\.db)$/

function readManifest(from: string): Manifest {
  const path = join(from, MANIFEST)
  const isManifest = (value: unknown): value is Manifest => {
    const { format, files } = (value ?? {}) as Partial<Manifest>
    if (format !== FORMAT || !Array.isArray(files)) return false
    const names = files.map((file) => file.name)
    return names.every((name) => safeName.test(name)) && names.includes(DATABASE_FILE)
  }
  let value: unknown
  try {
    value = JSON.parse(fs.readFileSync(path, 'utf8'))
  } catch {
    value = undefined
  }
  if (isManifest(value)) return value
  throw new StoreError(
    'BACKUP_INVALID',
    `${from} holds no whole backup: ${MANIFEST} is missing or cannot be read`,
    'Name the folder that fieldtap store backup has written.',
  )
}

function verify(path: string, sha256: string): void {
  if (fs.existsSync(path) && hashOf(path) === sha256) return
  throw new StoreError(
    'BACKUP_INVALID',
    `${path} is not what was backed up`,
    'Take another backup; nothing has been put in the place of a store.',
  )
}

function hashOf(path: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.alloc(PIECE_BYTES)
  const fd = fs.openSync(path, 'r')
  try {
    for (;;) {
      const read = fs.readSync(fd, piece)
      if (read === 0) return hash.digest('hex')
      hash.update(piece.subarray(0, read))
    }
  } finally {
    fs.closeSync(fd)
  }
}

function writeFile(path: string, text: string): void {
  fs.writeFileSync(path, text, { mode: 0o600 })
  syncFile(path)
}

function syncFile(path: string): void {
  const fd = fs.openSync(path, 'r+')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
