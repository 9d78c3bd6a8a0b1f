/** The shipped rules: each loads, each says what it is, and each of its examples holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { formatInputError } from '../input/input.ts'
import { fieldOf } from './fields.ts'
import { readRuleFiles } from './files.ts'
import { RuleSet, loadRules, type Match } from './ruleset.ts'
import type { SigmaRule } from './rule.ts'

const folder = join(import.meta.dirname, '../../rules')
const files = readRuleFiles([folder])
const { rules, errors } = loadRules(files)

function column(file: string, index: number): string[] {
  const [, ...lines] = readFileSync(join(folder, file), 'utf8').trim().split('\n')
  return lines.map((line) => line.split(',')[index] ?? '')
}

const catalogue = new Set(column('catalogue.csv', 0))
const techniques = new Map(
  column('attack-ics.csv', 0).map((id, at) => [id, column('attack-ics.csv', 3)[at]]),
)
const tactics = new Set(column('attack-ics.csv', 2).flatMap((names) => names.split(' ')))

/** Which rules are said to match after the documents went through, one after the other. */
function matching(documents: readonly Doc[]): Set<SigmaRule> {
  const fresh = new RuleSet(rules.rules)
  const found: Match[] = []
  for (const doc of documents) {
    const time = Date.parse(String(doc['@timestamp'] ?? '2026-01-01T00:00:00Z')) * 1000
    for (const phase of ['request', 'value', 'answer'] as const) {
      for (const match of fresh.match(doc, phase)) {
        found.push(match, ...fresh.correlate(match, doc, time))
      }
    }
  }
  return new Set(found.map(({ rule }) => rule))
}

test('all load', () => {
  expect(errors.map(formatInputError)).toEqual([])
  expect(rules.rules.length).toBeGreaterThan(90)
  expect(rules.inactive).toEqual([])
})

const told = rules.rules.filter((rule) => rules.alerts(rule))

describe.each(told.map((rule) => [`${rule.file.slice(folder.length + 1)}: ${rule.title}`, rule]))(
  '%s',
  (_, given) => {
    const rule = given as SigmaRule

    test('has an example that matches and a near miss', () => {
      expect(new Set(rule.examples.map(({ match }) => match))).toEqual(new Set([true, false]))
    })

    test.each(rule.examples.map((example) => [example.name, example] as const))(
      '%s',
      (_name, one) => {
        expect(matching(one.documents).has(rule)).toBe(one.match)
      },
    )

    test('has ids that are known', () => {
      const own = rule.tags.filter((tag) => tag.startsWith('fieldtap.'))
      const ids = own.map((tag) => tag.slice('fieldtap.'.length)).filter((id) => id !== 'posture')
      expect(ids.length).toBeGreaterThan(0)
      for (const id of ids) expect(catalogue, id).toContain(id)
      for (const tag of rule.tags.filter((name) => name.startsWith('attack.'))) {
        const name = tag.slice('attack.'.length)
        if (/^t\d/.test(name)) expect(techniques.get(name.toUpperCase()), tag).toBe('active')
        else expect(tactics, tag).toContain(name)
      }
    })

    test('names a tactic of each technique', () => {
      const given = rule.tags.map((tag) => tag.replace('attack.', ''))
      for (const id of rule.techniques) {
        const row = column('attack-ics.csv', 0).indexOf(id.toUpperCase())
        const own = column('attack-ics.csv', 2)[row]!.split(' ')
        expect(
          own.some((tactic) => given.includes(tactic)),
          id,
        ).toBe(true)
      }
    })

    test('asks for fields that exist', () => {
      for (const field of [...rule.fields, ...rule.subject])
        expect(fieldOf(field), field).toBeDefined()
      for (const [, name] of rule.summary.matchAll(/\{([^}]*)\}/g)) {
        const known = ['source', 'destination', 'target', 'count'].includes(name!) || fieldOf(name!)
        expect(known, name).toBeTruthy()
      }
    })

    test('says what it is about and what to check first', () => {
      expect(rule.description).not.toBe('')
      expect(rule.check).not.toEqual([])
    })
  },
)

test('each part of a detection is used', () => {
  for (const { text } of files) {
    for (const document of text.split('\n---\n')) {
      const condition = /^ {2}condition: (.*)$/m.exec(document)?.[1]
      const body = /^detection:\n((?: {2}.*\n)+)/m.exec(document)?.[1] ?? ''
      for (const [, name] of body.matchAll(/^ {2}([a-z_]+):$/gm)) {
        const patterns = condition!.split(/[\s()]+/).map((word) => word.replace(/\*$/, ''))
        const used = patterns.some(
          (word) => word === name || (word.endsWith('_') && name!.startsWith(word)),
        )
        expect(used, `${name} in: ${condition}`).toBe(true)
      }
    }
  }
})

test('rules of novelty wait until learning is over', () => {
  for (const rule of told) {
    const asks = rule.fields.has('ot.baseline.first_seen')
    const anomaly = rule.logsource.service === 'anomaly'
    if (asks && !anomaly) expect(rule.fields, rule.title).toContain('ot.baseline.phase')
  }
})

test('no rule names an address outside the documentation ranges', () => {
  for (const { file, text } of files) {
    const addresses = text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? []
    for (const address of addresses) expect(address, file).toMatch(/^192\.0\.2\./)
  }
})
