/** The mirror port that packets came in by stands on what is said of them. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openFile } from './capture/file.ts'
import type { Capture, PacketBatch } from './capture/capture.ts'
import { play } from './golden.ts'

const file = fileURLToPath(
  new URL('../pcaps/modbus/fc06-write-single-register.pcap', import.meta.url),
)

/** The packets of a file as if they had come in by `name`. */
function by(name: string | undefined): Capture {
  const capture = openFile(file)
  return {
    status: () => capture.status(),
    close: () => capture.close(),
    async *batches(): AsyncGenerator<PacketBatch> {
      for await (const batch of capture.batches()) yield { ...batch, interface: name }
    },
  }
}

test('every record of a connection names its mirror port', async () => {
  const { records } = await play(by('eth1'))
  const named = records.filter((record) => record['source.ip'] !== undefined)
  expect(named.length).toBeGreaterThan(2)
  const ports = new Set(named.map((record) => record['observer.ingress.interface.name']))
  expect([...ports]).toEqual(['eth1'])
})

test('of a file nothing is said', async () => {
  const { records } = await play(by(undefined))
  const ports = records.map((record) => record['observer.ingress.interface.name'])
  expect(new Set(ports)).toEqual(new Set([undefined]))
})
