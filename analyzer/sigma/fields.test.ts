import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fieldOf, fields, storedFields } from './fields.ts'

const root = join(import.meta.dirname, '../..')

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
}

/** `event.dataset` of each kind of observation: names like those of fields, and none. */
const DATASET =
  /^ot\.(?:modbus|opcua|mqtt|sparkplug|arp|dhcp|conversation|identity|change|anomaly|sensor|finding|asset|audit)$/

const isField = (name: string): boolean => !!fieldOf(name) || storedFields.has(name)

test('every field that the code names is in the table', () => {
  const literal = /'((?:ot|modbus|opcua|mqtt|sparkplug)\.[a-z0-9_]+(?:\.[a-z0-9_]+)*)'/g
  const named = ['sensor', 'analyzer']
    .flatMap(sources)
    .flatMap((text) => [...text.matchAll(literal)].map((match) => match[1] ?? ''))
  expect(named.length).toBeGreaterThan(200)
  const missing = named.filter((name) => !isField(name) && !DATASET.test(name))
  expect([...new Set(missing)]).toEqual([])
})

test('names are lower case and each is described', () => {
  const odd = [...fields, ...storedFields].filter(([name, { description }]) => {
    return !/^@?[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(name) || description === ''
  })
  expect(odd).toEqual([])
})

test.each([
  ['ot.operation.class', 'request'],
  ['destination.port', 'request'],
  ['source.port', 'value'],
  ['ot.operation.value', 'value'],
  ['ot.baseline.value', 'value'],
  ['ot.operation.status', 'answer'],
  ['event.outcome', 'answer'],
  ['ot.sensor.lost', 'request'],
])('%s is known in phase %s', (name, phase) => {
  expect(fieldOf(name)?.phase).toBe(phase)
})

test('what is no field is none', () => {
  expect(['Image', 'ot.unknown', 'modbus', ''].map(fieldOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
