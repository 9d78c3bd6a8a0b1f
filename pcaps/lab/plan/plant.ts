/**
 * The plant that a seed makes: hosts with address, MAC and name, the zones they stand in, and what
 * each of them serves and asks. Everything else in the lab reads this and invents nothing.
 */

import { makeHosts, type Host, type HostKey, type Zone } from './hosts.ts'
import { makeModbus, type ModbusPlan } from './modbus-plan.ts'
import { makeMqtt, type MqttPlan } from './mqtt-plan.ts'
import { makeOpcua, type OpcuaPlan } from './opcua-plan.ts'
import { random } from './random.ts'

export type Plant = {
  readonly seed: number
  readonly site: string
  readonly prefixLength: number
  readonly zones: readonly Zone[]
  readonly hosts: Readonly<Record<HostKey, Host>>
  readonly modbus: ModbusPlan
  readonly opcua: OpcuaPlan
  readonly mqtt: MqttPlan
}

export function makePlant(seed: number): Plant {
  const chance = random(seed)
  const { site, areas, zones, hosts } = makeHosts(chance.branch('hosts'))
  return {
    seed,
    site,
    // One wide on-link prefix instead of a router: the zones of a flat plant, as many plants are.
    prefixLength: 16,
    zones,
    hosts,
    modbus: makeModbus(chance.branch('modbus')),
    opcua: makeOpcua(chance.branch('opcua'), site),
    mqtt: makeMqtt(chance.branch('mqtt'), site, areas),
  }
}
