import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Doc, FieldValue } from '../../facts.ts'
import { fields, storedFields } from '../../sigma/fields.ts'
import * as plant from '../fixture.ts'
import { assetRecord } from '../rows.ts'
import { assetOf, conversationOf, findingOf, recordOf, toldOf } from './bodies.ts'
import * as documents from './documents.ts'
import { wordsOf } from './fitting.ts'
import { observationOf } from './operations.ts'

const receipt = { ms: 1_795_248_000_000, n: 1_795_248_000_000_000 }
const read = (document: string): Record<string, FieldValue> =>
  JSON.parse(document) as Record<string, FieldValue>
const observed = (doc: Doc, from = plant.FROM): string =>
  documents.observationDocument({ doc, from }, receipt, 'default')

/** Any UTF-16, also what is none. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))
const oddText = fc.oneof(anyText, fc.constantFrom('\ud800', '__proto__', 'a\0b', '10.0.0.300', ''))
const scalar = fc.oneof(oddText, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }))
const name = fc.oneof(
  fc.constantFrom(...fields.keys(), ...storedFields.keys()),
  fc.constantFrom('__proto__', 'ot.sensor.lost', 'ot.sensor..x', 'a.', '.', '', 'event.id.more'),
  anyText,
)
const anyDoc = fc
  .array(fc.tuple(name, value), { maxLength: 12 })
  .map((entries) => Object.fromEntries(entries) as Doc)

describe('an observation', () => {
  test('is its fields, and no second copy of them', () => {
    const doc = { ...plant.operation(), 'agent.id': 'sensor-1' }
    const written = read(observed(doc))
    expect(written).toMatchObject({
      ...doc,
      'data_stream.dataset': 'ot.modbus',
      'data_stream.namespace': 'default',
      'ot.source.address': plant.WRITER.ip,
      'ot.site': 'plant-1',
    })
    expect(written).not.toHaveProperty(['ot.body'])
    expect(written['ot.search']).toContain('registers')
    expect(written['ot.search']).not.toContain('Registers')
    expect(observationOf({ _source: written })).toEqual({ doc, from: plant.FROM })
  })

  test('by MAC where there is no IP, at no time at the beginning of time', () => {
    const { 'source.ip': _, ...doc } = plant.operation({ '@timestamp': 'soon' })
    const written = read(observed(doc))
    expect(written['ot.source.address']).toBe('00:1b:1b:00:00:09')
    expect(written['@timestamp']).toBe('1970-01-01T00:00:00.000Z')
    expect(observationOf({ _source: written }).doc).toEqual(doc)
  })

  test('whatever it says, it is read back as it was, and no field is of another type', () => {
    fc.assert(
      fc.property(anyDoc, oddText, (doc, sensor) => {
        // What JSON cannot say is said as JSON says it.
        const told = JSON.parse(JSON.stringify(doc)) as Doc
        const from = { sensor: sensor.toWellFormed(), site: 'x' }
        const written = read(observed(told, from))
        expect(observationOf({ _source: written })).toEqual({ doc: told, from })
        expect(JSON.stringify(written)).toBe(JSON.stringify(written).toWellFormed())
        for (const [field, one] of Object.entries(written)) {
          const type = (fields.get(field) ?? storedFields.get(field))?.type
          const isKnown = type !== undefined || /^ot\.sensor\.\w+$/.test(field)
          expect(isKnown, field).toBe(true)
          for (const each of [one].flat()) expect(isOf(type, each), `${field} ${each}`).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function isOf(type: string | undefined, one: unknown): boolean {
  if (type === 'long') return Number.isSafeInteger(one)
  if (type === 'double') return Number.isFinite(one)
  if (type === 'boolean') return typeof one === 'boolean'
  if (type === 'date') return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(String(one))
  if (type === 'ip') return /^[0-9a-f.:]+$/i.test(String(one))
  return typeof one === 'string'
}

describe('words', () => {
  test('a part of a text without white space is a part of one of its words', () => {
    const text = fc.array(fc.constantFrom('a', 'B', 'ß', ' ', '\n', '\u3000', '.'), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(400), (letters, at, length) => {
        const whole = letters.join('')
        const part = whole.slice(at % (whole.length + 1)).slice(0, length)
        const [word = ''] = part.toLowerCase().split(/\s/u)
        expect(wordsOf(whole).some((one) => one.includes(word)) || word === '').toBe(true)
      }),
    )
  })

  test('of a long one every part is found that can be searched for', () => {
    const long = Array.from({ length: 9000 }, (_, i) => (i % 977).toString(36)).join('')
    const words = wordsOf(long)
    expect(Math.max(...words.map((word) => word.length))).toBeLessThanOrEqual(8191)
    for (let at = 0; at + 400 <= long.length; at += 101) {
      expect(words.some((word) => word.includes(long.slice(at, at + 400)))).toBe(true)
    }
  })

  test('each once', () => {
    expect(wordsOf('PLC-1 plc-1\tPLC-1\u2028x')).toEqual(['plc-1', 'x'])
    expect(wordsOf(' \n')).toEqual([])
  })
})

describe('what is read back', () => {
  const stored = { finding: plant.finding({ id: '\ud800' }), from: plant.FROM, acts: [] }
  const asset = { site: 's', parts: { ['__proto__']: assetRecord(plant.asset()) } }

  test('is what was written', () => {
    const body = (document: string | undefined): unknown => read(document ?? '{}')['ot.body']
    expect(findingOf(body(documents.findingDocument(stored, receipt)))).toEqual(stored)
    expect(assetOf(body(documents.assetDocument(asset, receipt)))).toEqual(asset)
    const conversation = { from: plant.FROM, conversation: plant.conversation() }
    expect(conversationOf(body(documents.conversationDocument(conversation, receipt)))).toEqual(
      conversation,
    )
    const record = { id: 'r', time: plant.time(0), who: 'ana', action: 'close', subject: 'f1' }
    const told = { from: plant.FROM, record }
    expect(recordOf(body(documents.auditDocument(told, 'text', receipt)))).toEqual(told)
    const health = documents.sensorDocument('health', '{}', plant.FROM, receipt)
    expect(toldOf(body(health))).toEqual({ from: plant.FROM, body: '{}' })
  })

  test('a finding is in the words of ECS', () => {
    expect(read(documents.findingDocument(stored, receipt))).toMatchObject({
      'event.kind': 'alert',
      'event.severity': 73,
      'rule.name': 'First write by a client',
      'threat.technique.id': ['T0855'],
      'source.ip': [plant.WRITER.ip],
      'destination.ip': [plant.PLC.ip],
      'ot.address': [plant.WRITER.ip, plant.PLC.ip],
      'ot.finding.state': 'open',
      'agent.id': 'sensor-1',
      'ot.site': 'plant-1',
    })
  })

  test('what has another form is nothing, and no error', () => {
    const written = JSON.stringify(stored)
    const parts = fc.constantFrom('finding', 'from', 'acts')
    fc.assert(
      fc.property(fc.anything(), fc.anything(), parts, (body, odd, part) => {
        for (const of of [findingOf, assetOf, conversationOf, recordOf, toldOf]) {
          expect(of(typeof body === 'string' ? body : JSON.stringify(body))).toBeUndefined()
          expect(of(body)).toBeUndefined()
        }
        const changed = { ...(JSON.parse(written) as object), [part]: odd }
        const found = findingOf(JSON.stringify(changed))
        expect(found === undefined || Array.isArray(found.acts)).toBe(true)
      }),
    )
  })
})
