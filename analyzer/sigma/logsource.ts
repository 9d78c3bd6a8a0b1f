/** Which observations a rule is asked of: `logsource` against `event.dataset`. */

export interface Logsource {
  readonly category?: string
  readonly product?: string
  readonly service?: string
}

/**
 * Sigma's taxonomy has `category: network` with services such as `connection`; ours extend it.
 * A service that is a fact and no dataset (`baseline`, `zones`) is asked of every observation.
 */
const services: Readonly<Record<string, readonly string[] | 'every'>> = {
  connection: ['ot.conversation'],
  conversation: ['ot.conversation'],
  modbus: ['ot.modbus'],
  opcua: ['ot.opcua'],
  mqtt: ['ot.mqtt'],
  sparkplug: ['ot.sparkplug'],
  arp: ['ot.arp'],
  dhcp: ['ot.dhcp'],
  anomaly: ['ot.anomaly'],
  change: ['ot.change'],
  inventory: ['ot.change', 'ot.identity'],
  identity: ['ot.identity'],
  sensor: ['ot.sensor'],
  baseline: 'every',
  zones: 'every',
}

export const serviceNames = Object.keys(services)

/** Datasets that a rule is asked of, `every`, or none: it is about what this sensor never says. */
export function datasets(logsource: Logsource): readonly string[] | 'every' {
  const { category, product, service } = logsource
  if (product !== undefined && product !== 'fieldtap') return []
  if (category !== undefined && category !== 'network') return []
  if (service === undefined) return category === undefined && product === undefined ? [] : 'every'
  return services[service] ?? []
}
