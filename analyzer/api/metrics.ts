/**
 * Health as Prometheus reads it: text format 0.0.4,
 * https://prometheus.io/docs/instrumenting/exposition_formats/.
 */
import type { Health } from './schema.ts'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

export function metricsText(health: Health): string {
  const { coverage } = health
  const by = (pick: (row: Health['coverage'][number]) => number): Sample[] =>
    coverage.map((row) => [{ protocol: row.protocol }, pick(row)])
  return [
    metric('info', 'gauge', 'The sensor that reports', [
      [{ sensor: health.sensor, site: health.site, version: health.version, mode: health.mode }, 1],
    ]),
    metric('health_level', 'gauge', '0 grey, 1 amber, 2 red', [
      [{}, ['grey', 'amber', 'red'].indexOf(health.level)],
    ]),
    metric('packets_total', 'counter', 'Packets seen', [[{}, health.packets]]),
    metric('bytes_total', 'counter', 'Bytes seen', [[{}, health.bytes]]),
    metric('packets_per_second', 'gauge', 'Packets in the last second', [
      [{}, health.packets_per_second],
    ]),
    metric(
      'lost_packets_total',
      'counter',
      'Packets lost; absent: not assessable',
      known(health.lost),
    ),
    metric(
      'transmitted_packets_total',
      'counter',
      'Packets that left the mirror port; absent: not assessable',
      known(health.transmitted),
    ),
    metric(
      'messages_total',
      'counter',
      'Messages seen',
      by((row) => row.messages),
    ),
    metric(
      'malformed_total',
      'counter',
      'Messages malformed',
      by((row) => row.malformed),
    ),
    metric(
      'gaps_total',
      'counter',
      'Gaps in streams',
      by((row) => row.gaps),
    ),
    metric(
      'decoded_ratio',
      'gauge',
      'Share of bytes decoded',
      by((row) => row.decoded),
    ),
    metric(
      'findings_open',
      'gauge',
      'Open findings, posture left out',
      Object.entries(health.open).map(([severity, n]) => [{ severity }, n]),
    ),
    metric(
      'counter',
      'gauge',
      'Named counters of the sensor and the store',
      Object.entries(health.counters).map(([name, n]) => [{ name }, n]),
    ),
  ].join('')
}

function known(value: number | null): Sample[] {
  return value === null ? [] : [[{}, value]]
}

function metric(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const full = `fieldtap_${name}`
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`)
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
