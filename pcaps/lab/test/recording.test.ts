/**
 * Second opinions on a recording: tshark, the plan of the seed and the labels must tell the same
 * story. Nothing here touches a network. LAB_RECORDING names another folder than the committed one.
 */

import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { load } from 'js-yaml'
import { MISUSES } from '../misuse/catalogue.ts'
import { makePlant } from '../plan/plant.ts'
import { makePolicy } from '../plan/policy.ts'
import { PARTS, countProtocols } from '../proof/counts.ts'
import type { Labels } from '../proof/labels.ts'
import { prove } from '../proof/prove.ts'
import { epochSeconds, isoMicros } from '../proof/slices.ts'
import { count, fields } from '../proof/tshark.ts'

const folder = resolve(process.env['LAB_RECORDING'] ?? join(import.meta.dirname, '../../plant'))
const labels = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as Labels
const plant = makePlant(labels.seed)

/** What the repository may carry of it. */
const RECORDING_BYTES_MAX = 15 * 1024 * 1024

test('tshark counts what the labels say', () => {
  assert.deepEqual(countProtocols(folder), labels.counts)
})

test('the recording still proves itself', () => {
  assert.deepEqual(prove(plant, folder, labels), [])
})

test('the hosts of the labels are those of the seed', () => {
  assert.deepEqual(
    labels.hosts.map(({ name, ip, mac }) => ({ name, ip, mac })),
    Object.values(plant.hosts).map(({ name, ip, mac }) => ({ name, ip, mac })),
  )
})

test('every address says by ARP the MAC that its label says', () => {
  const known = new Map(labels.hosts.map((host) => [host.ip, host.mac]))
  for (const part of PARTS) {
    const rows = fields(join(folder, `${part}.pcapng`), 'arp.opcode == 2', [
      'arp.src.proto_ipv4',
      'arp.src.hw_mac',
    ])
    assert.ok(rows.length > 0)
    for (const [ip = '', mac] of rows) assert.equal(mac, known.get(ip))
  }
})

test('each misuse lies in the day, in order, and its capture in its window', () => {
  const [from = ''] =
    fields(join(folder, 'day.pcapng'), 'frame.number == 1', ['frame.time_epoch'])[0] ?? []
  let last = epochSeconds(isoMicros(from))
  assert.deepEqual(
    labels.misuse.map((each) => each.name),
    MISUSES.map((each) => each.name),
  )
  for (const misuse of labels.misuse) {
    const start = epochSeconds(misuse.start)
    const end = epochSeconds(misuse.end)
    assert.ok(start > last && end > start, misuse.name)
    last = end
    const times = fields(join(folder, misuse.capture), 'frame', ['frame.time_epoch']).map(
      ([epoch = '0']) => Number(epoch),
    )
    assert.ok(times.length > 0, misuse.name)
    assert.ok(
      times.every((time) => time > start - 0.1 && time < end + 0.1),
      misuse.name,
    )
  }
})

test('no misuse leaves a trace in the recordings of normal work', () => {
  const rogue = plant.hosts.rogue.ip
  for (const part of ['learn', 'quiet']) {
    const file = join(folder, `${part}.pcapng`)
    assert.equal(count(file, `ip.addr == ${rogue} || arp.src.proto_ipv4 == ${rogue}`), 0)
    assert.equal(count(file, 'modbus.func_code == 8'), 0)
    assert.equal(count(file, 'mqtt.topic == "#"'), 0)
  }
})

test('frames that the mirror lost are really absent, their neighbours are there', () => {
  assert.equal(labels.lost.length, 2)
  for (const lost of labels.lost) {
    const at = epochSeconds(lost.time)
    const file = join(folder, lost.capture)
    const near = (seconds: number): string =>
      `frame.time_epoch > ${(at - seconds).toFixed(6)} && ` +
      `frame.time_epoch < ${(at + seconds).toFixed(6)}`
    assert.equal(count(file, near(0.0000005)), 0, lost.what)
    assert.ok(count(file, near(2)) > 0, lost.what)
  }
})

test('checksums are those of a wire and no segment is longer than one', () => {
  // tshark calls 0xffff bad although it equals 0x0000.
  const wrong = '(tcp.checksum.status == 0 && tcp.checksum != 0xffff) || ip.checksum.status == 0'
  const check = ['tcp.check_checksum:TRUE', 'ip.check_checksum:TRUE']
  for (const part of PARTS) {
    const file = join(folder, `${part}.pcapng`)
    assert.deepEqual(fields(file, wrong, ['frame.number'], check), [])
    assert.equal(count(file, 'frame.len > 1514'), 0)
  }
})

test('the policy is the one of the seed and names only hosts of the plant', () => {
  const text = readFileSync(join(folder, 'policy.yaml'), 'utf8')
  assert.equal(text, makePolicy(plant))
  const policy = load(text) as {
    assets: { name: string }[]
    zones: { id: string }[]
    conduits: { channels: { clients?: string[]; servers: string[] }[] }[]
  }
  const names = new Set(labels.hosts.map((host) => host.name))
  const used = policy.conduits
    .flatMap((conduit) => conduit.channels)
    .flatMap((channel) => [...(channel.clients ?? []), ...channel.servers])
  for (const name of [...policy.assets.map((asset) => asset.name), ...used]) {
    assert.ok(names.has(name), name)
  }
  const zones = new Set(policy.zones.map((zone) => zone.id))
  for (const host of labels.hosts) assert.ok(zones.has(host.zone), host.name)
})

test('the recording is small enough to be committed', () => {
  const files = [...PARTS.map((part) => `${part}.pcapng`), ...labels.misuse.map((m) => m.capture)]
  const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  assert.ok(bytes < RECORDING_BYTES_MAX, `${bytes}`)
})
