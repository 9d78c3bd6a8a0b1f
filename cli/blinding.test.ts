/** What the sensor could not see or not read is a finding: nobody is blinded without a word. */
import { expect, test } from 'vitest'
import { Sensor, dissectors, openStream } from '#sensor'
import { Analyzer, Baseline, Zones } from '#analyzer'
import { join, u8, utf8 } from '../pcaps/build/bytes.ts'
import { Connection } from '../pcaps/build/connection.ts'
import { PCAP, fileOf } from '../pcaps/build/file.ts'
import { MODBUS_PORT, adu } from '../pcaps/build/modbus.ts'
import { Tape } from '../pcaps/build/tape.ts'
import { loadInputs } from './inputs.ts'

const READ = '03 0000 0001'
const VALUE = '03 02 0001'
const WRITE = '06 0000 0001'

function newAnalyzer(): Analyzer {
  const { rules, policy } = loadInputs({})
  const baseline = new Baseline({ phase: 'watching' })
  return new Analyzer({ sensor: 'test', site: 'test', rules, zones: new Zones(policy), baseline })
}

async function titles(play: (tape: Tape) => void): Promise<string[]> {
  const tape = new Tape()
  play(tape)
  const analyzer = newAnalyzer()
  const sensor = new Sensor({ dissectors, sink: analyzer })
  const source = (async function* () {
    yield await Promise.resolve(fileOf(tape.frames, 1, PCAP))
  })()
  for await (const batch of openStream(source, 'test').batches()) sensor.batch(batch)
  sensor.end()
  analyzer.end()
  return analyzer.findings.all().map(({ rule }) => rule.title)
}

const modbus = (tape: Tape): Connection =>
  new Connection(tape, { serverPort: MODBUS_PORT })
    .open()
    .ask(adu(1, 1, READ))
    .answer(adu(1, 1, VALUE))

test('a write that the mirror did not show', async () => {
  const found = await titles((tape) => {
    const write = adu(2, 1, WRITE)
    const connection = modbus(tape).lost('client', write.length).lost('server', write.length)
    for (let i = 3; i < 8; i++) connection.ask(adu(i, 1, READ)).answer(adu(i, 1, VALUE))
    connection.close()
  })
  expect(found).toContain('Packets are missing in a connection')
})

test('a write sent as the repetition of a read', async () => {
  const found = await titles((tape) => {
    modbus(tape)
      .ask(adu(2, 1, READ))
      .again('client', adu(2, 1, WRITE))
      .answer(adu(2, 1, VALUE))
      .close()
  })
  expect(found).toContain('Overlapping or injected packets')
})

test('a publication padded beyond what is put together', async () => {
  const found = await titles((tape) => {
    const connection = new Connection(tape, { serverPort: 1883 }).open()
    // MQTT 3.1.1 section 3.1: client id `c`; 3.3: remaining length 2 MiB, topic `t`.
    connection.ask('10 0d', '0004', utf8('MQTT'), '04 02 003c', '0001', utf8('c'))
    connection.answer('20 02 00 00')
    connection.ask(join('30', u8(0x80, 0x80, 0x80, 0x01), '0001', utf8('t'), new Uint8Array(900)))
    for (let i = 0; i < 20; i++) connection.ask(new Uint8Array(1400))
    connection.close()
  })
  expect(found).toContain('A message that is too large to be judged')
})

test('a full table of the analyzer', () => {
  const analyzer = newAnalyzer()
  analyzer.inventory.counters.assetsRefused = 3
  analyzer.inventory.counters.attributesRefused = 2
  analyzer.inventory.counters.adaptersForgotten = 1
  analyzer.conversations.refused = 1
  analyzer.end()
  const said = analyzer.findings.all().map(({ summary }) => /bound: (.+);/.exec(summary)?.[1])
  const expected = [
    'adapters were forgotten: their MACs are new when seen again',
    'assets were not listed',
    'attributes of assets were not kept',
    'conversations were not listed',
  ]
  expect(new Set(said)).toEqual(new Set(expected))
})
