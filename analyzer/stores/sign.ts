/**
 * Who has really said it: acts of people, signed with the key of the console in which they were
 * done. Whoever may write to a cluster may put acts there; what changes how a sensor judges is
 * taken from trusted keys only. Ed25519: RFC 8032.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { ForeignAct, Signature } from './outbox.ts'
import { StoreError } from './store.ts'

/** Of the console alone; it never leaves the folder, not even in a backup. */
const KEY_FILE = 'decisions.key'
/** For every other process, and for who configures trust. */
const PUBLIC_FILE = 'decisions.pub'
const PREFIX = 'ed25519:'
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

export interface SigningKey {
  /** `ed25519:` and the raw 32 bytes in base64. */
  readonly name: string
  readonly secret: KeyObject
}

/** The key of the console with this data folder; made where there is none. */
export function signingKey(dir: string): SigningKey {
  const path = join(dir, KEY_FILE)
  try {
    if (!fs.existsSync(path)) makeKey(path)
    // A restore, or the volume of a container, may have opened it to others.
    if ((fs.statSync(path).mode & 0o077) !== 0) fs.chmodSync(path, 0o600)
    const secret = createPrivateKey(fs.readFileSync(path))
    if (secret.asymmetricKeyType !== 'ed25519') throw new Error('it is of another kind')
    const name = nameOf(secret)
    const known = fs.existsSync(join(dir, PUBLIC_FILE)) ? publicKey(dir) : undefined
    if (known !== name) publish(dir, name)
    return { name, secret }
  } catch (error) {
    throw new StoreError(
      'STORE_UNAVAILABLE',
      `the key of the console, ${path}: ${(error as Error).message}`,
      'Let this user read and write it, or move it away: a new one is made, to be trusted again.',
    )
  }
}

/** Written whole or not at all, and by one process: the first. */
function makeKey(path: string): void {
  const { privateKey } = generateKeyPairSync('ed25519')
  const part = `${path}.${process.pid}`
  writeDurably(part, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600)
  try {
    fs.linkSync(part, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    fs.unlinkSync(part)
  }
}

function publish(dir: string, name: string): void {
  const part = join(dir, `${PUBLIC_FILE}.${process.pid}`)
  writeDurably(part, `${name}\n`, 0o644)
  fs.renameSync(part, join(dir, PUBLIC_FILE))
}

function writeDurably(path: string, text: string, mode: number): void {
  const fd = fs.openSync(path, 'w', mode)
  try {
    fs.writeSync(fd, text)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** As a process other than the console may know it; undefined: no console has run here yet. */
export function publicKey(dir: string): string | undefined {
  try {
    const name = fs.readFileSync(join(dir, PUBLIC_FILE), 'utf8').trim()
    return isPublicKey(name) ? name : undefined
  } catch {
    return undefined
  }
}

export function isPublicKey(name: string): boolean {
  const raw = Buffer.from(name.slice(PREFIX.length), 'base64')
  return raw.length === KEY_BYTES && name === PREFIX + raw.toString('base64')
}

/** The act without its signature, whatever it has of one. */
export function signAct(act: ForeignAct, key: SigningKey): Signature {
  return { key: key.name, value: sign(null, textOf(act), key.secret).toString('base64') }
}

/** Whether one of these keys has signed just this; false for anything that cannot be checked. */
export function verifyAct(act: ForeignAct, trusted: readonly string[]): boolean {
  const { key, value } = (act.kind === 'finding' ? act.act.signature : act.signature) ?? {}
  if (key === undefined || value === undefined) return false
  if (!trusted.includes(key) || !isPublicKey(key)) return false
  const signature = Buffer.from(value, 'base64')
  if (signature.length !== SIGNATURE_BYTES) return false
  return verify(null, textOf(act), keyOf(key), signature)
}

/** JSON of a list: no text of one member can be taken for that of two. */
function textOf(foreign: ForeignAct): Buffer {
  const parts = foreign.kind === 'finding' ? actParts(foreign) : nameParts(foreign)
  const text = JSON.stringify(['fieldtap', 1, foreign.kind, ...parts], (_, part: unknown) =>
    // As every store keeps it.
    typeof part === 'string' ? part.toWellFormed() : (part ?? null),
  )
  return Buffer.from(text)
}

function actParts({ finding, act }: ForeignAct & { kind: 'finding' }): unknown[] {
  const { id, time, who, action, approves, reason, note, undoes } = act
  const { from, to, count, severity } = act
  return [finding, id, time, who, action, approves, reason, note, undoes, from, to, count, severity]
}

function nameParts({ asset, typed }: ForeignAct & { kind: 'asset' }): unknown[] {
  return [asset, typed.id, typed.time, typed.who, typed.name]
}

function nameOf(secret: KeyObject): string {
  const { x = '' } = createPublicKey(secret).export({ format: 'jwk' })
  return PREFIX + Buffer.from(x, 'base64url').toString('base64')
}

function keyOf(name: string): KeyObject {
  const x = Buffer.from(name.slice(PREFIX.length), 'base64').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}
