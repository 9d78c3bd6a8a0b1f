import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMalformed } from '../dissector.ts'
import { services } from './encoding-ids.generated.ts'
import { opcua } from './index.ts'
import {
  connect,
  connectPlain,
  decode,
  exchange,
  hello,
  msg,
  openRequest,
  opn,
  read,
  refusal,
  reverseHello,
  Wire,
} from './samples.ts'

describe('hostile chunks', () => {
  const samples = [
    hello,
    reverseHello,
    refusal,
    opn('None', openRequest(1, 1)),
    msg(1, 1, read(2258, 'Line1.SP')),
    msg(1, 1, read(2258), 'C'),
  ]

  test('a prefix of a chunk is malformed and changes nothing', () => {
    const connection = connect()
    const before = JSON.stringify(connection)
    for (const sample of samples) {
      for (let end = 0; end < sample.length; end++) {
        expect(isMalformed(decode(sample.subarray(0, end), true, connection))).toBe(true)
      }
    }
    expect(JSON.stringify(connection)).toBe(before)
  })

  test('changed bytes: no throw, and one printable line', () => {
    const outcomes = { malformed: 0, odd: 0, whole: 0 }
    fc.assert(
      fc.property(
        fc.nat(samples.length - 1),
        fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (which, changes, fromClient) => {
          const bytes = Uint8Array.from(samples[which]!)
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const connection = connectPlain()
          const decoded = decode(bytes, fromClient, connection)
          if (isMalformed(decoded)) {
            outcomes.malformed++
            return
          }
          outcomes[decoded.anomalies === undefined ? 'whole' : 'odd']++
          if (decoded.role === 'request' || decoded.role === 'notice') {
            opcua.operations(decoded, connection, undefined as never)
          }
          opcua.identities?.(decoded, undefined, connection)
          expect(opcua.summary(decoded)).toMatch(/^[\x20-\x7e\xa0-\ud7ff]{1,160}$/)
        },
      ),
      { numRuns: 3000 },
    )
    expect(Math.min(outcomes.malformed, outcomes.odd, outcomes.whole)).toBeGreaterThan(20)
  })

  test('any request of any service with any answer: no throw, and all work bounded', () => {
    const names = [...new Set([...services.values()].map(({ name }) => name))]
    const ids = names.map((name) =>
      [...services].filter(([, service]) => service.name === name).map(([id]) => id),
    )
    // Small numbers make lengths that lead somewhere.
    const body = fc
      .tuple(fc.uint8Array({ maxLength: 160 }), fc.nat(4))
      .map(([bytes, mask]) => bytes.map((byte, i) => (i % 4 > mask ? 0 : byte % 8)))
    const seen = { answered: 0, unfit: 0 }
    fc.assert(
      fc.property(fc.nat(names.length - 1), body, body, (which, asked, answered) => {
        const [request = 0, response = 0] = ids[which] ?? []
        const { drafts, answers } = exchange(
          connectPlain(),
          msg(2, 2, new Wire().node(request).raw(asked).bytes),
          msg(2, 2, new Wire().node(response).responseHeader().raw(answered).bytes),
        )
        expect(drafts.length).toBeLessThanOrEqual(1000)
        seen[answers.includes(undefined) ? 'unfit' : 'answered']++
      }),
      { numRuns: 3000 },
    )
    expect(seen.answered).toBeGreaterThan(1000)
  })
})
