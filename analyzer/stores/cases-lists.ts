/** What every store promises of its lists, as a suite: filters, orders, pages, text that stays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as plant from './fixture.ts'
import type { FindingQuery, Store } from './store.ts'

const hostile = [
  `'; DROP TABLE findings; --`,
  '" OR 1=1 --',
  '%',
  '_',
  '\\',
  '?1',
  ':name',
  '${x}',
  '<img src=x onerror=alert(1)>',
  '__proto__',
  'constructor',
  'nul\0inside',
  '\u202eright-to-left\u202c',
  '\u200bzero',
  '\ud83d\ude80',
  'İstanbul',
  'line\nfeed\ttab',
  ' '.repeat(20) + 'x',
  '=1+1',
  '\ud800',
]

export function listCases(name: string, open: plant.OpenStore): void {
  describe(`${name}, lists`, () => {
    const places = [plant.temporary(), plant.temporary()] as const
    let filled: Store
    let many: Store

    beforeAll(async () => {
      filled = await open(places[0].dir)
      await plant.fill(filled)
      await filled.act(['f2'], plant.request())
      many = await open(places[1].dir)
      await many.putFindings(plant.findings(95), plant.FROM)
    })
    afterAll(async () => {
      await filled.close()
      await many.close()
      places.forEach((place) => place.remove())
    })

    test.each<[string, FindingQuery, string[]]>([
      ['nothing asked: newest first', {}, ['f3', 'f2', 'f1']],
      ['severity', { severity: ['high', 'low'] }, ['f2', 'f1']],
      ['no severity', { severity: [] }, []],
      ['state', { state: ['acknowledged'] }, ['f2']],
      ['states', { state: ['open', 'acknowledged'] }, ['f3', 'f2', 'f1']],
      ['text in the summary', { text: 'Registers 40-43' }, ['f3', 'f2', 'f1']],
      ['text in a tag', { text: 'mb-01' }, ['f2', 'f1']],
      ['two words, one of them nowhere', { text: 'registers nowhere' }, []],
      ['a field name is no value', { text: 'severity_reasons' }, []],
      ['rule', { rule: 'r-3' }, ['f3']],
      ['asset by id', { asset: 'a1' }, ['f3', 'f2', 'f1']],
      ['asset by address', { asset: '10.20.0.9' }, ['f3', 'f2', 'f1']],
      ['asset that has none', { asset: '10.9.9.9' }, []],
      ['from, inclusive', { from: plant.time(5) }, ['f3', 'f2']],
      ['to, inclusive', { to: plant.time(5) }, ['f2', 'f1']],
      ['posture', { posture: true }, ['f3']],
      ['no posture', { posture: false }, ['f2', 'f1']],
      ['most severe first', { sort: 'severity' }, ['f1', 'f3', 'f2']],
      ['least severe first', { sort: 'severity', descending: false }, ['f2', 'f3', 'f1']],
      ['by rule', { sort: 'rule', descending: false }, ['f3', 'f1', 'f2']],
      ['by state', { sort: 'state', descending: false }, ['f2', 'f1', 'f3']],
      ['all at once', { severity: ['high'], text: 'plc-1', posture: false, rule: 'r-3' }, []],
    ])('filter by %s', async (_, query, expected) => {
      const { rows, total } = await filled.findings(query)
      expect(rows.map((row) => row.id)).toEqual(expected)
      expect(total).toBe(expected.length)
    })

    test.each(['last', 'severity', 'count', 'source', 'state', 'rule', 'target', 'first'] as const)(
      'pages by %s are complete and without repeats while findings arrive',
      async (sort) => {
        const seen: string[] = []
        let after: string | undefined
        do {
          const page = await many.findings({ sort, limit: 10, after })
          seen.push(...page.rows.map((row) => row.id))
          after = page.next ?? undefined
          const late = `late-${sort}-${seen.length}`
          await many.putFindings([plant.finding({ id: late, last: plant.time(9000) })], plant.FROM)
        } while (after !== undefined)
        const before = seen.filter((id) => id.startsWith('f'))
        expect(new Set(before).size).toBe(95)
        expect(new Set(seen).size).toBe(seen.length)
      },
    )

    test.each(['', 'x', 'W10', Buffer.from('["-last",{},1]').toString('base64url')])(
      'the cursor %j is refused',
      async (after) => {
        await expect(many.findings({ after })).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
      },
    )

    test('a cursor of another order is refused', async () => {
      const { next } = await many.findings({ limit: 2 })
      await expect(
        many.findings({ limit: 2, sort: 'count', after: next ?? '' }),
      ).rejects.toMatchObject({ code: 'CURSOR_INVALID' })
    })

    test.each(hostile)('the text %j stays data', async (text) => {
      const { total } = await filled.findings({})
      await filled.putFindings(
        [plant.finding({ id: text, summary: text, last: plant.time(30 + total) })],
        plant.FROM,
      )
      await filled.putObservations(
        [plant.operation({ 'event.id': `h${text}`, 'mqtt.topic': text })],
        plant.FROM,
      )
      await filled.act([text], plant.request({ action: 'comment', note: text, who: text }))
      const found = await filled.finding(text)
      expect(found?.summary).toBe(text)
      expect(found?.history[0]?.note).toBe(text.toWellFormed())
      expect((await filled.findings({ rule: text })).rows).toEqual([])
      expect((await filled.findings({ asset: text })).rows).toEqual([])
      const word = text.trim().split(/\s/)[0] as string
      expect((await filled.findings({ text: word })).rows[0]?.summary).toBe(text)
      expect((await filled.operations({ text: word })).total).toBeGreaterThan(0)
      expect((await filled.findings({})).total).toBe(total + 1)
    })
  })
}
