/** Captures and messages of real stacks; they are no part of the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFile } from '../../capture/file.ts'
import { Sensor } from '../../observe.ts'
import type { Identity, Operation, Sink } from '../../operation.ts'
import { isMalformed } from '../dissector.ts'
import { opcua } from './index.ts'
import { connect, decode, message, operations } from './samples.ts'

const corpus = join(import.meta.dirname, '../../../../shared/corpus')
const vectors = join(
  corpus,
  'files/open62541+open62541/tests/fuzz/fuzz_binary_message_corpus/generated',
)

describe.runIf(existsSync(vectors))('the messages of open62541', () => {
  // Two files of other names hold several messages and are no vectors.
  const all = existsSync(vectors) ? readdirSync(vectors) : []
  const files = all.filter((file) => file.endsWith('.bin'))

  test('decode whole, each as the service that its name says', () => {
    const wrong = files.filter((file) => {
      const all = new Uint8Array(readFileSync(join(vectors, file)))
      // Each has 4 extra trailing bytes.
      const bytes = all.subarray(0, -4)
      const decoded = message(bytes, true, connect())
      const service = /msg_(\w+?)Request\.bin$/.exec(file)?.[1]
      return (
        opcua.frame(all, 0, all.length) !== bytes.length ||
        decoded.anomalies !== undefined ||
        (service !== undefined && decoded.service !== service)
      )
    })
    expect(files.length).toBeGreaterThan(1300)
    expect(wrong).toEqual([])
  })

  test('become operations of their service', () => {
    const actions = new Set<string>()
    for (const file of files.filter((name) => name.includes('_msg_'))) {
      const all = new Uint8Array(readFileSync(join(vectors, file)))
      for (const draft of operations(connect(), all.subarray(0, -4))) actions.add(draft.action)
    }
    expect(actions.size).toBeGreaterThan(20)
  })

  test('with any byte changed: no throw', () => {
    for (const file of files.filter((_, i) => i % 16 === 0)) {
      const bytes = new Uint8Array(readFileSync(join(vectors, file))).subarray(0, -4)
      for (let at = 16; at < bytes.length; at += 3) {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] as number) ^ 0xff
        const connection = connect()
        const decoded = decode(changed, true, connection)
        if (isMalformed(decoded)) continue
        if (decoded.role === 'request' || decoded.role === 'notice') {
          opcua.operations(decoded, connection, undefined as never)
        }
      }
    }
  })
})

async function observe(file: string) {
  const operations: Operation[] = []
  const identities: Identity[] = []
  const anomalies: string[] = []
  const sink: Sink = {
    requested: () => {},
    completed: (operation) => operations.push(operation),
    identity: (identity) => identities.push(identity),
    conversation: () => {},
    anomaly: ({ code }) => anomalies.push(code),
    health: () => {},
  }
  const sensor = new Sensor({ dissectors: [opcua], sink })
  for await (const batch of openFile(join(corpus, file)).batches()) sensor.batch(batch)
  sensor.end()
  return { operations, identities, anomalies, counts: sensor.counts()['opcua'] }
}

describe.runIf(existsSync(join(corpus, 'crafted')))('node-opcua in all three modes', () => {
  test.each([
    ['crafted/nodeopcua.pcapng', { MSGF: 158 }],
    ['crafted/nodeopcua_chunk.pcapng', { MSGF: 158, MSGC: 121 }],
  ])('%s', async (file, chunks) => {
    const { operations, identities, anomalies, counts } = await observe(file)
    expect(anomalies).toEqual([])
    expect(counts).toMatchObject({
      chunks: { ...chunks, HELF: 5, ACKF: 5, OPNF: 10, CLOF: 5 },
      messages: { MSG: 158, CLO: 5 },
      policy: { None: 6, Basic256Sha256: 2, Aes256_Sha256_RsaPss: 2 },
      service: { 397: 10, 446: 3, 631: 4, 634: 4, 673: 4, 676: 4, 712: 2, 715: 2 },
    })
    const modes = new Map<unknown, Set<string>>()
    for (const { draft } of operations) {
      const mode = draft.fields['opcua.security_mode']
      modes.set(mode, (modes.get(mode) ?? new Set()).add(draft.action))
    }
    expect([...modes.get('None')!]).toEqual(expect.arrayContaining(['Read', 'Write', 'Call']))
    expect([...modes.get('Sign')!]).toEqual(expect.arrayContaining(['Read', 'Write', 'Call']))
    expect([...modes.get('SignAndEncrypt')!].sort()).toEqual(['CloseSecureChannel', 'MSG'])
    const writes = operations.filter(({ draft }) => draft.action === 'Write')
    expect(writes.map(({ answer }) => answer?.status)).toEqual(['Good', 'Good', 'Good', 'Good'])
    expect(new Set(writes.map(({ draft }) => draft.user))).toEqual(new Set([undefined, 'op']))
    const said = identities.map(({ attribute, value }) => `${attribute} ${value}`)
    expect(said).toEqual(
      expect.arrayContaining(['vendor Acme', 'model OTSensorTest', 'firmware 1.2.3', 'build 77']),
    )
  })
})
