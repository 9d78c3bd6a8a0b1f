/**
 * The capture of protocols.md section 4.1, where the corpus is there: one write in every
 * encapsulation, 27 frames. tshark 4.0.17 finds 23 of the 24 writes: not the pseudowire.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFile } from './capture/file.ts'
import { play } from './golden.ts'

const file = fileURLToPath(new URL('../../shared/corpus/crafted/encap.pcap', import.meta.url))

test.skipIf(!existsSync(file))('a write in every encapsulation is read', async () => {
  const { records, counters } = await play(openFile(file))
  const writes = records.filter((one) => one['event.dataset'] === 'ot.modbus')
  expect(writes.map((one) => one['modbus.transaction_id'])).toEqual(
    Array.from({ length: 24 }, (_, i) => i + 1),
  )
  const kinds = new Set(writes.flatMap((one) => one['ot.encapsulation.type'] ?? []))
  expect([...kinds]).toEqual([
    ...['pppoe', 'mpls', 'vxlan', 'geneve', 'gre', 'ip-in-ip', 'prp', 'hsr'],
  ])
  const mirrors = new Set(writes.map((one) => one['ot.mirror.type'] ?? ''))
  expect([...mirrors]).toEqual(['', 'erspan-1', 'erspan-2', 'erspan-3'])
  expect(counters).toMatchObject({
    'packets.tcp': 23,
    'packets.fragment': 4,
    'fragments.joined': 4,
    'datagrams.tcp': 2,
  })
})
