/** The shipped rules: each loads, each says what it is, and each of its examples holds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Doc } from '../facts.ts'
import { formatInputError } from '../input/input.ts'
import { parseYaml } from '../input/yaml.ts'
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
      const ids = rule.tags
        .filter((tag) => tag.startsWith('fieldtap.'))
        .map((tag) => tag.slice('fieldtap.'.length))
        .filter((id) => id !== 'posture')
      expect(ids).not.toEqual([])
      expect(ids.filter((id) => !catalogue.has(id))).toEqual([])
      const attack = rule.tags
        .filter((tag) => tag.startsWith('attack.'))
        .map((tag) => tag.slice('attack.'.length))
      const known = (name: string) =>
        /^t\d/.test(name) ? techniques.get(name.toUpperCase()) === 'active' : tactics.has(name)
      expect(attack.filter((name) => !known(name))).toEqual([])
    })

    test('names a tactic of each technique', () => {
      const names = rule.tags.map((tag) => tag.replace('attack.', ''))
      const without = rule.techniques.filter((id) => {
        const row = column('attack-ics.csv', 0).indexOf(id.toUpperCase())
        const own = column('attack-ics.csv', 2)[row] ?? ''
        return !own.split(' ').some((tactic) => names.includes(tactic))
      })
      expect(without).toEqual([])
    })

    test('asks for fields that exist', () => {
      const words = new Set(['source', 'destination', 'target', 'count'])
      const told = [...rule.summary.matchAll(/\{([^}]*)\}/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => !words.has(name))
      const named = [...rule.fields, ...rule.subject, ...told]
      expect(named.filter((name) => !fieldOf(name))).toEqual([])
    })

    test('says what it is about and what to check first', () => {
      expect(rule.description).not.toBe('')
      expect(rule.check).not.toEqual([])
    })
  },
)

test('each part of a detection is used', () => {
  const unused = files.flatMap(({ file, text }) =>
    text.split('\n---\n').flatMap((document) => {
      const condition = /^ {2}condition: (.*)$/m.exec(document)?.[1] ?? ''
      const body = /^detection:\n((?: {2}.*\n)+)/m.exec(document)?.[1] ?? ''
      const words = condition.split(/[\s()]+/)
      return [...body.matchAll(/^ {2}([a-z_]+):$/gm)]
        .map((match) => match[1] ?? '')
        .filter((name) => {
          const starts = words.filter((word) => word.endsWith('_*'))
          const meant = starts.some((word) => name.startsWith(word.slice(0, -1)))
          return !words.includes(name) && !meant
        })
        .map((name) => `${file}: ${name}`)
    }),
  )
  expect(unused).toEqual([])
})

test('rules of novelty wait until learning is over', () => {
  const eager = told.filter(({ fields, logsource }) => {
    const asks = fields.has('ot.baseline.first_seen') && logsource.service !== 'anomaly'
    return asks && !fields.has('ot.baseline.phase')
  })
  expect(eager.map(({ title }) => title)).toEqual([])
})

test('no rule names an address outside the documentation ranges', () => {
  const found = files.flatMap(({ text }) => text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g) ?? [])
  expect(found.filter((address) => !address.startsWith('192.0.2.'))).toEqual([])
})

test('a damaged rule file is refused or read, and never throws', () => {
  const texts = files.map(({ text }) => text)
  const piece = fc.constantFrom('', ':', '|', '[', '- ', '{', '*', 'null', '5', "'", '\n', '  ')
  let refused = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(30),
      piece,
      (text, where, length, put) => {
        const at = Math.floor(where * text.length)
        const damaged = text.slice(0, at) + put + text.slice(at + length)
        const read = loadRules([{ file: 'r.yml', text: damaged }])
        if (read.errors.length > 0) refused++
        else expect(read.rules.rules).toHaveLength(parseYaml(damaged, 'r.yml').nodes.length)
        for (const error of read.errors) {
          expect(error.line).toBeGreaterThan(0)
          expect(error.column).toBeGreaterThan(0)
          expect(error.remedy).not.toBe('')
        }
      },
    ),
    { numRuns: 3000 },
  )
  expect(refused).toBeGreaterThan(300)
})
