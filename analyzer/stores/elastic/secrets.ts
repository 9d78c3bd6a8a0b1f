/**
 * Files that hold secrets: read once, refused where others may read them, and known from then on,
 * so that nothing a cluster says can bring one to a screen or a log.
 */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { StoreError } from '../store.ts'

/** No key, password or chain of certificates is larger. */
const FILE_BYTES_MAX = 1 << 20

const known = new Set<string>()

/** The text of a file, without the newline that editors add. */
export function readSecret(file: string, what: string): string {
  const text = readGuarded(file, what).trim()
  // What goes into a header: printable, in one line.
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)) {
    const message = `${file} holds no ${what}`
    throw new StoreError('ELASTIC_SECRET_INVALID', message, 'It is to hold that alone, in a line.')
  }
  remember(text)
  return text
}

/** From now on it is taken out of what is told. */
export function remember(secret: string): void {
  known.add(secret)
}

/** What a cluster or a library said, without secrets, in one line and bounded. */
export function withoutSecrets(text: string): string {
  let clean = text
  for (const secret of known) clean = clean.replaceAll(secret, '…')
  clean = clean.replaceAll(/\b(ApiKey|Basic|Bearer)\s+[\w+/=.:~-]+/gi, '$1 …')
  clean = clean.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return clean.length > TOLD_MAX ? `${clean.slice(0, TOLD_MAX)}…` : clean
}

/** Characters of what a cluster says that are shown. */
const TOLD_MAX = 400

export function readCertificates(file: string): string {
  const text = opened(file, 'certificate authority', 'ELASTIC_CA_UNREADABLE', ({ text }) => text)
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  const message = `${file} holds no certificate`
  throw new StoreError('ELASTIC_CA_UNREADABLE', message, 'Name the PEM file of who signed it.')
}

function readGuarded(file: string, what: string): string {
  return opened(file, what, 'ELASTIC_SECRET_UNREADABLE', ({ mode, text }) => {
    // Windows has no such bits; there the folder's rights guard it. systemd guards its credentials
    // by their folder and a list of rights, which shows in the bits of the group.
    const others = isCredential(file) ? 0o007 : 0o077
    if (process.platform === 'win32' || (mode & others) === 0) return text
    const message = `${file} with the ${what} may be read by others (mode ${octal(mode)})`
    throw new StoreError('ELASTIC_SECRET_READABLE', message, `chmod 600 ${file}`)
  })
}

/** One that systemd has handed to this service (systemd.exec, LoadCredential). */
function isCredential(file: string): boolean {
  const folder = process.env['CREDENTIALS_DIRECTORY']
  return folder !== undefined && dirname(resolve(file)) === resolve(folder)
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0')
}

/** Of the file that was opened, so that what is checked is what is read. */
function opened<T>(
  file: string,
  what: string,
  code: 'ELASTIC_SECRET_UNREADABLE' | 'ELASTIC_CA_UNREADABLE',
  use: (found: { mode: number; text: string }) => T,
): T {
  let fd: number | undefined
  try {
    fd = openSync(file, 'r')
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.size > FILE_BYTES_MAX) throw new Error('it is no such file')
    return use({ mode: stat.mode, text: readFileSync(fd, 'utf8') })
  } catch (error) {
    if (error instanceof StoreError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const message = `the ${what} cannot be read: ${reason}`
    throw new StoreError(code, message, `Name a file that this user may read, and no other.`)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
