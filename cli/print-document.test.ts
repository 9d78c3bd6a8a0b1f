import { expect, test } from 'vitest'
import type { Document } from './document.ts'
import { printDocument } from './print-document.ts'

function printed(hosts: number): string {
  const assets = Array.from({ length: hosts }, (_, i) => {
    return { ip: [`10.0.0.${i}`], name: '', zone: '', vendor: '', roles: [], protocols: [] }
  })
  const capture = { packets: 1, first: '' }
  const document = { capture, assets, findings: [], accounting: { balanced: true, identities: [] } }
  const style = { color: false, timezone: 'UTC' } as unknown as Parameters<typeof printDocument>[2]
  return printDocument(document as unknown as Document, ['a.pcap'], style)
}

test('findings stand before the assets, and of those the first are shown', () => {
  const text = printed(276)
  expect(text.indexOf('Findings (0)')).toBeLessThan(text.indexOf('Assets (276)'))
  expect(text).toContain('10.0.0.39')
  expect(text).not.toContain('10.0.0.40')
  expect(text).toContain('and 236 more: --json\n')
  expect(printed(40)).not.toContain('more')
})
