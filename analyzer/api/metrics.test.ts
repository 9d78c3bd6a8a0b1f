/** Every line of the metrics is one that Prometheus takes: text format 0.0.4, read strictly. */
import { describe, expect, test } from 'vitest'
import { health } from '../stores/fixture.ts'
import { counterNames, counterText } from './counters.ts'
import { Exposition, metricName } from './exposition.ts'
import { metricsText } from './metrics.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const helpLine = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\\\n]|\\\\\\\\|\\\\n)*)$`)
const typeLine = new RegExp(`^# TYPE (${NAME}) (counter|gauge)$`)
const sampleLine = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)
const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = text
  while (rest !== '') {
    const [whole, name = '', value = ''] = pair.exec(rest) ?? []
    if (whole === undefined) throw new Error(`no label: ${rest}`)
    expect(Object.hasOwn(labels, name), name).toBe(false)
    labels[name] = value.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
    rest = rest.slice(whole.length)
  }
  return labels
}

/** What promtool and the OpenMetrics text format ask of families as a whole. */
function check(samples: readonly Sample[]): void {
  const families = new Map<string, string>()
  for (const { name, labels } of samples) {
    const set = Object.keys(labels).sort().join(',')
    // With a label and without it the sum would count everything twice.
    expect(families.get(name) ?? set, `labels of ${name}`).toBe(set)
    families.set(name, set)
    // `_sum`, `_count`, `_bucket` and `_info` belong to other types (OpenMetrics 1.0, 4.1).
    expect(name).not.toMatch(/_(sum|count|bucket|created)$/)
    for (const label of Object.keys(labels)) expect(label).not.toMatch(/^__|^(le|quantile)$/)
  }
  const bare = [...families.keys()].map((name) => name.replace(/_total$/, ''))
  expect(new Set(bare).size, 'a counter and a gauge of one name').toBe(bare.length)
  for (const { name, value } of samples) {
    if (name.endsWith('_total')) expect(value, name).toBeGreaterThanOrEqual(0)
  }
}

/** Help, type, samples of one name together, none of them twice. */
function parse(text: string): Sample[] {
  expect(text.endsWith('\n')).toBe(true)
  const samples: Sample[] = []
  const ended = new Set<string>()
  const seen = new Set<string>()
  let current = ''
  let type = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const help = helpLine.exec(line)
    if (help !== null) {
      if (current !== '') ended.add(current)
      current = help[1] ?? ''
      expect(ended, current).not.toContain(current)
      type = ''
      continue
    }
    const typed = typeLine.exec(line)
    if (typed !== null) {
      expect([typed[1], type]).toEqual([current, ''])
      type = typed[2] ?? ''
      expect(current.endsWith('_total'), current).toBe(type === 'counter')
      continue
    }
    const [, name = '', labels = '', value = ''] = sampleLine.exec(line) ?? []
    expect(name, line).toBe(current)
    expect(type, line).not.toBe('')
    expect(seen, line).not.toContain(`${name}{${labels}}`)
    seen.add(`${name}{${labels}}`)
    expect(value, line).toMatch(/^(?:[-+]?(?:\d+(?:\.\d+)?(?:e[-+]\d+)?|Inf)|NaN)$/)
    samples.push({
      name,
      labels: labelsOf(labels),
      value: Number(value.replace('Inf', 'Infinity')),
    })
  }
  check(samples)
  return samples
}

const open = { informational: 0, low: 0, medium: 2, high: 1, critical: 0 }

describe('metrics', () => {
  const value = (samples: readonly Sample[], name: string, labels: object = {}): unknown =>
    samples.find((one) => {
      return one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels)
    })?.value

  test('say what health says', () => {
    const samples = parse(metricsText([{ ...health(), open }]))
    expect(value(samples, 'fieldtap_packets_total')).toBe(1200)
    expect(value(samples, 'fieldtap_packet_outcomes_total', { outcome: 'tcp' })).toBe(1190)
    expect(value(samples, 'fieldtap_messages_total', { protocol: 'modbus' })).toBe(242)
    expect(value(samples, 'fieldtap_findings_open', { severity: 'medium' })).toBe(2)
    expect(value(samples, 'fieldtap_flows_evicted_total')).toBe(0)
    expect(value(samples, 'fieldtap_flows_open')).toBe(4)
    const balance = { identity: 'I2', part: 'packets', unit: 'packets' }
    expect(value(samples, 'fieldtap_unaccounted', balance)).toBe(10)
    expect(value(samples, 'fieldtap_upstream_lost_bytes_total')).toBe(1200)
  })

  test('tell no share of messages where there was none', () => {
    const [line] = health().coverage
    const coverage = line === undefined ? [] : [{ ...line, messages: 0, decoded: 1 }]
    const ratios = (more: object) =>
      parse(metricsText([{ ...health(more), open }])).filter(({ name }) =>
        /decoded_ratio/.test(name),
      )
    expect(ratios({})).toHaveLength(1)
    expect(ratios({ coverage })).toEqual([])
  })

  test('leave out what nobody can say, and tell that it is so', () => {
    const [account] = health().accounting
    const accounting =
      account === undefined ? [] : [{ ...account, residue: null, reason: 'a file' }]
    const samples = parse(metricsText([{ ...health({ accounting }), open }]))
    const names = samples.map(({ name }) => name)
    expect(names).not.toContain('fieldtap_unaccounted')
    expect(names).not.toContain('fieldtap_lost_packets_total')
    expect(names).not.toContain('fieldtap_transmitted_packets_total')
    expect(samples.find(({ name }) => name === 'fieldtap_assessable')?.value).toBe(0)
    const loss = { kernel: 3, interface: 1, upstream_bytes: 0, upstream_share: 0 }
    const known = parse(metricsText([{ ...health({ loss, transmitted: 0 }), open }]))
    expect(value(known, 'fieldtap_lost_packets_total', { cause: 'kernel' })).toBe(3)
    expect(value(known, 'fieldtap_lost_packets_total', { cause: 'interface' })).toBe(1)
  })

  test('all that is counted, at once: each family has one set of labels', () => {
    const kinds = ['packets.tcp', 'datagrams.udp', 'messages.modbus', 'duplicates.vlans.1-2']
    const names = [...counterNames, ...kinds, 'unread.links.link-147', 'new', 'newToo']
    const counters = Object.fromEntries(names.map((name, i) => [name, i + 1]))
    const loss = { kernel: 3, interface: 1, upstream_bytes: 0, upstream_share: 0 }
    const text = metricsText([{ ...health({ counters, loss, lost: 3, transmitted: 0 }), open }])
    const samples = parse(text)
    expect(value(samples, 'fieldtap_gaps_total')).toBe(counters['gaps'])
    expect(value(samples, 'fieldtap_protocol_gaps_total', { protocol: 'modbus' })).toBe(0)
    expect(value(samples, 'fieldtap_new_too_total')).toBe(counters['newToo'])
    // Fates add up to the whole: what is no fate is not among them.
    const fates = samples.filter(({ name }) => name === 'fieldtap_fragment_fates_total')
    expect(fates).toHaveLength(6)
    expect(value(samples, 'fieldtap_fragments_seen_total')).toBe(counters['fragments.seen'])
    for (const name of counterNames.filter((one) => counterText(one)?.isGauge)) {
      expect(value(samples, `fieldtap_${metricName(name)}`), name).toBe(counters[name])
    }
    // The whole, and not a second time under another name.
    expect(value(samples, 'fieldtap_bytes_total')).toBe(90_000)
    expect(samples.map(({ name }) => name)).not.toContain('fieldtap_wire_bytes_total')
  })

  test('every counter is there under a name that is one', () => {
    const counters = {
      'unread.etherTypes.0x88cc': 3,
      'unread.transports.ip-1': 4,
      operationsAnswered: 9,
      'store.bytes': 4096,
      'odd name-1': 1,
      pairs_evicted: 2,
    }
    const samples = parse(metricsText([{ ...health({ counters }), open }]))
    const unread = { table: 'etherTypes', kind: '0x88cc' }
    expect(value(samples, 'fieldtap_unread_packets_total', unread)).toBe(3)
    expect(value(samples, 'fieldtap_operation_fates_total', { fate: 'answered' })).toBe(9)
    expect(value(samples, 'fieldtap_store_bytes')).toBe(4096)
    expect(value(samples, 'fieldtap_odd_name_1_total')).toBe(1)
    expect(value(samples, 'fieldtap_pairs_evicted_total')).toBe(2)
  })

  test('text from elsewhere stays within its quotes', () => {
    const site = 'a"b\\c\nd}'
    const samples = parse(metricsText([{ ...health({ site }), open }]))
    expect(samples[0]?.labels['site']).toBe(site)
  })
})

describe('the writer', () => {
  test('values as Go parses them, help on one line, one sample for the same labels', () => {
    const metrics = new Exposition('x')
    metrics.add('gauge', 'a', 'one\ntwo \\', Infinity, { k: '0' })
    metrics.add('gauge', 'a', '', -Infinity, { k: '1' })
    metrics.add('gauge', 'a', '', NaN, { k: '2' })
    metrics.add('gauge', 'a', '', 1e21, { k: '2' })
    metrics.add('counter', 'b', 'b', 0.5)
    expect(metrics.text()).toBe(
      '# HELP x_a one\\ntwo \\\\\n# TYPE x_a gauge\nx_a{k="0"} +Inf\nx_a{k="1"} -Inf\nx_a{k="2"} 1e+21\n' +
        '# HELP x_b_total b\n# TYPE x_b_total counter\nx_b_total 0.5\n',
    )
    expect(parse(metrics.text())).toHaveLength(4)
  })

  test.each([
    ['flowsOpen', 'flows_open'],
    ['flows.open', 'flows_open'],
    ['pairs_evicted', 'pairs_evicted'],
    ['packets.other-link', 'packets_other_link'],
  ])('%s is %s', (name, metric) => {
    expect(metricName(name)).toBe(metric)
  })
})
