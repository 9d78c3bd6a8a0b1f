import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StoredType } from './fields.ts'
import { fields, storedFields } from './fields.ts'

const ecs = new Map(
  readFileSync(join(import.meta.dirname, 'ecs-fields.csv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .slice(1)
    .map((line) => line.split(',') as [string, string]),
)

/** Types of ECS that ours can stand for: what asks one can ask the other. */
const compatible: Readonly<Record<StoredType, readonly string[]>> = {
  keyword: ['keyword', 'constant_keyword', 'wildcard'],
  long: ['long', 'integer'],
  double: ['double', 'float', 'scaled_float'],
  boolean: ['boolean'],
  date: ['date'],
  ip: ['ip'],
  search: ['keyword'],
  constant: ['constant_keyword'],
  body: [],
}

const all = [...fields, ...storedFields]
const isOwn = (name: string): boolean => /^(ot|modbus|opcua|mqtt|sparkplug)\./.test(name)

test('the list of ECS is the whole one', () => {
  expect(ecs.size).toBe(2732)
  expect([...ecs].filter(([name]) => isOwn(name))).toEqual([])
})

test('every field outside our own namespaces is one of ECS, with a type that fits', () => {
  const foreign = all.filter(([name]) => !isOwn(name))
  expect(foreign.length).toBeGreaterThan(60)
  const wrong = foreign
    .filter(([name, { type }]) => !compatible[type].includes(ecs.get(name) ?? ''))
    .map(([name, { type }]) => `${name}: ${type}, in ECS ${ecs.get(name) ?? 'none'}`)
  expect(wrong).toEqual([])
})

test('no field is an object and a value, and none is in both tables', () => {
  const names = all.map(([name]) => name)
  const leaves = new Set(names)
  const parents = names.flatMap((name) => {
    const parts = name.split('.')
    return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'))
  })
  expect(parents.filter((name) => leaves.has(name))).toEqual([])
  expect(names.length).toBe(leaves.size)
})
