/** What is signed cannot be changed, and who has not signed it is not believed. */
import { generateKeyPairSync } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { StoredAct } from './merge.ts'
import type { ForeignAct, Signature } from './outbox.ts'
import { isPublicKey, publicKey, signAct, signingKey, verifyAct } from './sign.ts'

const places: { dir: string; remove: () => void }[] = []
afterAll(() => places.forEach((place) => place.remove()))

function folder(): string {
  const place = plant.temporary()
  places.push(place)
  return place.dir
}

const dir = folder()
const key = signingKey(dir)
const stranger = signingKey(folder())

const act: StoredAct = {
  id: 'act-1',
  time: plant.time(1),
  who: 'ana',
  action: 'approve',
  from: 'open',
  to: 'closed',
  reason: 'benign-expected',
  note: 'agreed with the engineer',
  undoes: 'act-0',
  count: 3,
  severity: 2,
  approves: ['a|b', 'c'],
}
const { note: _, ...noteless } = act
const ofFinding: ForeignAct = { kind: 'finding', finding: 'f1', act }
const ofAsset: ForeignAct = {
  kind: 'asset',
  asset: 'a1',
  typed: { id: 'act-2', name: 'Press 4', who: 'ana', time: plant.time(2) },
}

function signed<T extends ForeignAct>(foreign: T, signature: Signature = signAct(foreign, key)): T {
  return foreign.kind === 'finding'
    ? { ...foreign, act: { ...foreign.act, signature } }
    : { ...foreign, signature }
}

describe('a signature', () => {
  test.each<[string, ForeignAct]>([
    ['an act', ofFinding],
    ['a name', ofAsset],
    ['an act with no note', { ...ofFinding, act: noteless }],
  ])('of %s is believed from a trusted key only', (_, foreign) => {
    expect(verifyAct(signed(foreign), [stranger.name, key.name])).toBe(true)
    expect(verifyAct(signed(foreign), [stranger.name])).toBe(false)
    expect(verifyAct(signed(foreign), [])).toBe(false)
    expect(verifyAct(foreign, [key.name])).toBe(false)
  })

  test('says nothing about whose name is written beside it', () => {
    const forged = { ...signAct(ofFinding, stranger), key: key.name }
    expect(verifyAct(signed(ofFinding, forged), [key.name])).toBe(false)
  })

  test('holds no more if any field is changed, taken away or moved into another', () => {
    const fields = Object.keys(act) as (keyof StoredAct)[]
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.array(fc.string()),
      fc.constant(undefined),
      fc.constantFrom(...Object.values(act)),
    )
    const { signature } = signed(ofFinding).act
    fc.assert(
      fc.property(fc.constantFrom(...fields), value, (field, other) => {
        fc.pre(JSON.stringify(other) !== JSON.stringify(act[field]))
        const changed = { ...act, [field]: other, signature } as StoredAct
        expect(verifyAct({ ...ofFinding, act: changed }, [key.name])).toBe(false)
      }),
    )
    for (const field of fields) {
      const { [field]: _, ...less } = { ...act, signature }
      const changed = { ...ofFinding, act: less as StoredAct }
      expect([field, verifyAct(changed, [key.name])]).toEqual([field, false])
    }
    const merged = { ...act, approves: ['a|b,c'], signature }
    expect(verifyAct({ ...ofFinding, act: merged }, [key.name])).toBe(false)
  })

  test.each<[string, ForeignAct]>([
    ['another finding', { ...signed(ofFinding), finding: 'f2' }],
    ['another asset', { ...signed(ofAsset), asset: 'a2' }],
    ['another name', { ...signed(ofAsset), typed: { ...ofAsset.typed, name: 'Press 5' } }],
    ['another person', { ...signed(ofAsset), typed: { ...ofAsset.typed, who: 'bo' } }],
    ['another moment', { ...signed(ofAsset), typed: { ...ofAsset.typed, time: plant.time(3) } }],
    ['another act', { ...signed(ofAsset), typed: { ...ofAsset.typed, id: 'act-9' } }],
  ])('does not hold for %s', (_, foreign) => {
    expect(verifyAct(foreign, [key.name])).toBe(false)
  })

  test('of anything at all is refused without a throw', () => {
    const text = fc.oneof(fc.string(), fc.base64String(), fc.constant(key.name))
    fc.assert(
      fc.property(text, text, (one, other) => {
        const forged = signed(ofFinding, { key: one, value: other })
        expect(verifyAct(forged, [one, key.name])).toBe(false)
      }),
    )
  })

  test('survives a store that mends broken characters', () => {
    const broken: ForeignAct = { ...ofFinding, act: { ...act, note: 'a\ud800' } }
    const { signature } = signed(broken).act
    const kept = { ...act, note: 'a\ufffd', signature }
    expect(verifyAct({ ...ofFinding, act: kept }, [key.name])).toBe(true)
  })
})

describe('the key of a console', () => {
  test('is made once, for its user alone, and others read the public half', () => {
    expect(signingKey(dir).name).toBe(key.name)
    expect(publicKey(dir)).toBe(key.name)
    expect(isPublicKey(key.name)).toBe(true)
    expect(fs.statSync(join(dir, 'decisions.key')).mode & 0o777).toBe(0o600)
    expect(fs.readFileSync(join(dir, 'decisions.pub'), 'utf8')).toBe(`${key.name}\n`)
    expect(fs.readdirSync(dir).toSorted()).toEqual(['decisions.key', 'decisions.pub'])
    expect(stranger.name).not.toBe(key.name)
  })

  test('is closed to others again, and its public half written again', () => {
    const place = folder()
    const { name } = signingKey(place)
    fs.chmodSync(join(place, 'decisions.key'), 0o644)
    fs.writeFileSync(join(place, 'decisions.pub'), 'something else')
    expect(publicKey(place)).toBeUndefined()
    expect(signingKey(place).name).toBe(name)
    expect(fs.statSync(join(place, 'decisions.key')).mode & 0o777).toBe(0o600)
    expect(publicKey(place)).toBe(name)
  })

  test.each([
    ['nothing', ''],
    ['no key', 'hello'],
    [
      'a key of another kind',
      generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ],
  ])('that holds %s is refused with what to do', (_, text) => {
    const place = folder()
    fs.writeFileSync(join(place, 'decisions.key'), text, { mode: 0o600 })
    expect(() => signingKey(place)).toThrow(
      expect.objectContaining({
        code: 'STORE_UNAVAILABLE',
        remedy: expect.stringMatching(/move it away/),
      }),
    )
  })

  test.each([
    ['', false],
    ['ed25519:', false],
    [`ed25519:${Buffer.alloc(31).toString('base64')}`, false],
    [`ed25519:${Buffer.alloc(33).toString('base64')}`, false],
    [`rsa:${Buffer.alloc(32).toString('base64')}`, false],
    [` ed25519:${Buffer.alloc(32).toString('base64')}`, false],
    [`ed25519:${Buffer.alloc(32).toString('base64url')}`, false],
    [`ed25519:${Buffer.alloc(32).toString('base64')}`, true],
  ])('%j as the name of one: %j', (name, expected) => {
    expect(isPublicKey(name)).toBe(expected)
  })

  test('where no console has run there is none', () => {
    expect(publicKey(folder())).toBeUndefined()
  })
})
