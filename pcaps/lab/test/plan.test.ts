/** The plan: one seed one plant, another seed another plant, never two hosts in one place. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MISUSES } from '../misuse/catalogue.ts'
import { makePlant } from '../plan/plant.ts'
import { makePolicy } from '../plan/policy.ts'
import { random } from '../plan/random.ts'

const SEEDS = Array.from({ length: 200 }, (_, index) => index * 7919)

test('the same seed gives the same plant', () => {
  assert.deepEqual(makePlant(7), makePlant(7))
})

test('another seed gives other addresses, names, registers, nodes and topics', () => {
  const one = makePlant(1)
  const two = makePlant(2)
  assert.notEqual(one.hosts.plc1.ip, two.hosts.plc1.ip)
  assert.notEqual(one.hosts.plc1.mac, two.hosts.plc1.mac)
  assert.notEqual(one.hosts.plc1.name, two.hosts.plc1.name)
  assert.notEqual(one.modbus.setPoint.address, two.modbus.setPoint.address)
  assert.notEqual(one.opcua.setPoint.nodeId, two.opcua.setPoint.nodeId)
  assert.notEqual(one.mqtt.edges[0].edgeNode, two.mqtt.edges[0].edgeNode)
})

test('no seed gives two hosts one name, address or MAC, or two zones one id', () => {
  for (const seed of SEEDS) {
    const plant = makePlant(seed)
    const hosts = Object.values(plant.hosts)
    for (const key of ['name', 'ip', 'mac'] as const) {
      assert.equal(new Set(hosts.map((host) => host[key])).size, hosts.length, `${seed} ${key}`)
    }
    assert.equal(new Set(plant.zones.map((zone) => zone.id)).size, plant.zones.length, `${seed}`)
    assert.ok(makePolicy(plant).length > 0)
  }
})

test('no seed makes misuse look like normal work', () => {
  for (const seed of SEEDS) {
    const { modbus, opcua, mqtt } = makePlant(seed)
    const { setPoint, neverWritten } = modbus
    const written = Object.values(modbus.jobs)
      .flat()
      .filter((job) => job.kind === 'write' && job.server === neverWritten.server)
    for (const job of written) {
      const inside =
        neverWritten.address >= job.address && neverWritten.address < job.address + job.quantity
      assert.equal(inside, false, `${seed}`)
    }
    const far = setPoint.high + 20 * (setPoint.high - setPoint.low)
    assert.ok(far < 65536, `${seed}`)
    assert.notEqual(opcua.rareMethod.nodeId, opcua.usualMethod.nodeId)
    const aliases = mqtt.edges[0].deviceMetrics.map((metric) => metric.alias)
    assert.equal(new Set(aliases).size, aliases.length)
    assert.notEqual(mqtt.sensors[0].topic, mqtt.sensors[1].topic)
  }
})

test('a register that is polled as missing exists under no seed', () => {
  for (const seed of SEEDS) {
    const { modbus } = makePlant(seed)
    for (const job of modbus.jobs.hmi) {
      if (job.kind !== 'read' || job.missing !== true) continue
      const blocks = modbus.servers[job.server].units[0]?.blocks ?? []
      assert.ok(
        blocks.every(
          (block) => block.table !== 'holding' || job.address >= block.address + block.quantity,
        ),
      )
    }
  }
})

test('every misuse has a name of its own and expects something', () => {
  assert.equal(new Set(MISUSES.map((misuse) => misuse.name)).size, MISUSES.length)
  for (const misuse of MISUSES) {
    assert.ok(misuse.expected.length > 0)
    for (const id of [...misuse.expected, ...misuse.possible]) assert.match(id, /^[a-z]{2}-\d\d$/)
    assert.ok(
      misuse.expected.every((id) => !misuse.possible.includes(id)),
      misuse.name,
    )
  }
})

test('the generator is even and its branches differ', () => {
  const chance = random(5)
  const tenths = Array.from({ length: 10 }, () => 0)
  for (let count = 0; count < 20_000; count += 1) {
    const tenth = Math.floor(chance.next() * 10)
    tenths[tenth] = (tenths[tenth] ?? 0) + 1
  }
  for (const each of tenths) assert.ok(each > 1800 && each < 2200, `${tenths}`)
  assert.notEqual(random(5).branch('a').next(), random(5).branch('b').next())
})
