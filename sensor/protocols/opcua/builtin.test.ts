import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as b from './builtin.ts'
import { Decoder } from './decoder.ts'
import { Wire } from './samples.ts'
import { structures } from './types.generated.ts'

function decoderOf(bytes: Uint8Array): Decoder {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return new Decoder(structures).begin(bytes, view, 0, bytes.length)
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
}

const node = (namespace: number, kind: string, id: number | string, uri = '', server = 0) => ({
  namespace,
  kind,
  id,
  uri,
  server,
})

const rows: readonly [string, (d: Decoder) => unknown, string, unknown][] = [
  ['SByte', b.sbyte, 'fe', -2],
  ['Int16', b.int16, 'feff', -2],
  ['Int64', b.int64, 'feffffffffffffff', -2n],
  ['UInt64', b.uint64, 'ffffffffffffffff', 18446744073709551615n],
  ['Float', b.float, '0000d0c0', -6.5],
  ['Double', b.double, '0000000000001ac0', -6.5],
  ['String of Part 6, 5.2.2.4', b.string, '06000000 e6b0b4426f79', '水Boy'],
  ['null String', b.string, 'ffffffff', ''],
  ['long String', b.string, `40000000${'61'.repeat(64)}`, 'a'.repeat(64)],
  ['ByteString', b.byteString, '03000000 010203', Uint8Array.of(1, 2, 3)],
  ['null DateTime', b.dateTime, '0000000000000000', 0],
  ['DateTime 1970', b.dateTime, '00803ed5deb19d01', 0],
  ['DateTime 2024-01-01', b.dateTime, '00c08976453cda01', Date.UTC(2024, 0, 1)],
  [
    'Guid of Part 6, 5.2.2.6',
    b.guid,
    '912b967275fae64a8d28b404dc7daf63',
    '72962b91-fa75-4ae6-8d28-b404dc7daf63',
  ],
  ['two-byte NodeId', b.nodeId, '0048', node(0, 'i', 72)],
  ['four-byte NodeId', b.nodeId, '01050104', node(5, 'i', 1025)],
  ['numeric NodeId', b.nodeId, '02020000010000', node(2, 'i', 256)],
  ['string NodeId', b.nodeId, '0301000600000048 6f74e6b0b4', node(1, 's', 'Hot水')],
  ['opaque NodeId', b.nodeId, '05010002000000abcd', node(1, 'b', 'abcd')],
  ['ExpandedNodeId with URI', b.expandedNodeId, '80480300000075726e', node(0, 'i', 72, 'urn')],
  ['ExpandedNodeId with server', b.expandedNodeId, '4102010409000000', node(2, 'i', 1025, '', 9)],
  ['QualifiedName', b.qualifiedName, '02000100000061', { namespace: 2, name: 'a' }],
  ['LocalizedText', b.localizedText, '0302000000656e0100000061', { locale: 'en', text: 'a' }],
  ['LocalizedText without locale', b.localizedText, '020100000061', { locale: '', text: 'a' }],
  ['null Variant', b.variant, '00', { type: 0, array: false, length: 0, value: undefined }],
  ['Variant', b.variant, '0605000000', { type: 6, array: false, length: 1, value: 5 }],
  [
    'Variant array whose dimensions do not fit (open62541)',
    b.variant,
    'c1 03000000 010001 02000000 02000000 02000000',
    { type: 1, array: true, length: 3, value: [true, false, true] },
  ],
  [
    'reserved Variant type as ByteString',
    b.variant,
    '1a 01000000 ff',
    { type: 26, array: false, length: 1, value: Uint8Array.of(255) },
  ],
  [
    'DataValue: picoseconds follow their timestamp',
    b.dataValue,
    '3f 0305 00000480 00803ed5deb19d01 0100 00803ed5deb19d01 0200',
    {
      value: { type: 3, array: false, length: 1, value: 5 },
      status: 0x80040000,
      sourceTimestamp: 0,
      serverTimestamp: 0,
    },
  ],
  [
    'DiagnosticInfo: locale precedes text, whatever their bits',
    b.diagnosticInfo,
    '7f 01000000 02000000 03000000 04000000 0100000061 00000480 00',
    {
      symbolicId: 1,
      namespaceUri: 2,
      locale: 3,
      localizedText: 4,
      additionalInfo: 'a',
      innerStatusCode: 0x80040000,
      innerDiagnosticInfo: {
        symbolicId: -1,
        namespaceUri: -1,
        locale: -1,
        localizedText: -1,
        additionalInfo: '',
        innerStatusCode: 0,
        innerDiagnosticInfo: undefined,
      },
    },
  ],
  [
    'ExtensionObject of a known structure',
    b.extensionObject,
    // AnonymousIdentityToken, encoding id 321.
    '01004101 01 05000000 0100000030',
    { typeId: node(0, 'i', 321), name: 'AnonymousIdentityToken', body: { policyId: '0' } },
  ],
  [
    'ExtensionObject of an unknown type',
    b.extensionObject,
    '01024101 01 02000000 abcd',
    { typeId: node(2, 'i', 321), name: '', body: Uint8Array.of(0xab, 0xcd) },
  ],
  [
    'ExtensionObject in XML',
    b.extensionObject,
    '01004101 02 02000000 3c61',
    { typeId: node(0, 'i', 321), name: '', body: Uint8Array.of(0x3c, 0x61) },
  ],
]

describe('built-in types', () => {
  test.each(rows)('%s', (_, read, text, want) => {
    const d = decoderOf(fromHex(text))
    expect(read(d)).toEqual(want)
    expect([d.failedAt, d.remaining]).toEqual([-1, 0])
  })

  test.each(rows)('%s, cut anywhere, fails without reading on', (_, read, text) => {
    const bytes = fromHex(text)
    for (let end = 0; end < bytes.length; end++) {
      const d = decoderOf(bytes.subarray(0, end))
      read(d)
      expect(d.failedAt).toBeGreaterThanOrEqual(0)
      expect(d.at).toBeLessThanOrEqual(end)
    }
  })

  test('an ExtensionObject is stepped over by its length, whatever its structure reads', () => {
    // Declares five bytes of which the string claims 255: what follows is still found.
    const d = decoderOf(fromHex('01004101 01 05000000 ff00000030 2a'))
    expect(b.extensionObject(d)).toMatchObject({ name: 'AnonymousIdentityToken' })
    expect([d.u8(), d.failedAt]).toEqual([42, -1])
  })

  test('of a long array the first elements are kept and the rest is stepped over', () => {
    const wire = new Wire().u8(0x83).u32(100_000).raw(new Uint8Array(100_000)).u8(42)
    const d = decoderOf(wire.bytes)
    const { length, value } = b.variant(d)
    expect([length, (value as unknown[]).length]).toEqual([100_000, 1024])
    expect([d.u8(), d.failedAt]).toEqual([42, -1])
  })
})

describe('hostile input', () => {
  test.each([
    ['array longer than the message', new Wire().u8(0x98).u32(0x7fffffff).bytes, 'overlong-length'],
    ['array of doubles longer than it', new Wire().u8(0x8b).u32(1000).bytes, 'overlong-length'],
    ['string longer than the message', new Wire().u8(12).u32(1000).bytes, undefined],
    ['negative length', new Wire().u8(12).u32(-2).bytes, 'reserved-value'],
    ['unknown type', Uint8Array.of(33), 'reserved-value'],
    ['unknown NodeId encoding', Uint8Array.of(17, 9), 'reserved-value'],
  ])('%s', (_, bytes, fault) => {
    const d = decoderOf(bytes)
    b.variant(d)
    expect([d.failed, d.fault]).toEqual([true, fault])
  })

  test.each([
    ['Variants', 0x18, b.variant],
    ['DiagnosticInfos', 0x40, b.diagnosticInfo],
  ])('100,000 nested %s end at the budget', (_, byte, read) => {
    const d = decoderOf(new Uint8Array(100_000).fill(byte))
    read(d)
    expect([d.fault, d.depth]).toEqual(['work-limit', 0])
    expect(d.at).toBeLessThan(200)
  })

  test('a million null Variants end at the budget', () => {
    const wire = new Wire().u8(0x98).u32(1_000_000)
    const bytes = new Uint8Array(1_000_005)
    bytes.set(wire.bytes)
    const d = decoderOf(bytes)
    expect((b.variant(d).value as unknown[]).length).toBeLessThanOrEqual(200_000)
    expect(d.fault).toBe('work-limit')
  })

  test('any bytes: no throw, no read beyond the end, within the budget', () => {
    const readers = [...structures.values()].map(({ read }) => read)
    const outcomes = { whole: 0, failed: 0 }
    fc.assert(
      fc.property(
        fc.nat(readers.length - 1),
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(4),
        (which, noise, mask) => {
          // Small numbers make lengths and masks that lead somewhere.
          const d = decoderOf(noise.map((byte, i) => (i % 4 > mask ? 0 : byte)))
          readers[which]?.(d)
          expect(d.at).toBeLessThanOrEqual(noise.length)
          expect(d.work).toBeLessThan(210_000)
          outcomes[d.failed ? 'failed' : 'whole']++
        },
      ),
      { numRuns: 4000 },
    )
    expect(Math.min(outcomes.whole, outcomes.failed)).toBeGreaterThan(20)
  })
})
