/** The state of a visualisation of the older kind, built on aggregations. */
import type { Panel } from './panels.ts'

interface Aggregation {
  id: string
  enabled: true
  type: string
  schema: string
  params: Record<string, unknown>
}

export function visualState(panel: Panel): Record<string, unknown> {
  const { title, kind } = panel
  return { title, type: types[kind], aggs: aggregations(panel), params: params[kind] }
}

const types: Readonly<Record<Panel['kind'], string>> = {
  number: 'metric',
  time: 'histogram',
  ring: 'pie',
  bars: 'horizontal_bar',
  table: 'table',
}

/** Rows of a table, slices of a ring: as many as can be read. */
const SIZES: Readonly<Record<Panel['kind'], number>> = {
  number: 0,
  time: 12,
  ring: 10,
  bars: 15,
  table: 50,
}

function aggregations({ kind, by, sum }: Panel): Aggregation[] {
  const counted: Aggregation[] = [aggregation('1', 'count', 'metric', {})]
  if (sum !== undefined) {
    const repeats = { field: sum, customLabel: 'Repeats' }
    counted.push(aggregation('2', 'sum', 'metric', repeats))
  }
  const over = { field: '@timestamp', interval: 'auto', min_doc_count: 1, extended_bounds: {} }
  const time = kind === 'time' ? [aggregation('3', 'date_histogram', 'segment', over)] : []
  const schema = { number: '', time: 'group', ring: 'segment', bars: 'segment', table: 'bucket' }
  const terms = by.map((field, i) => {
    const order = { orderBy: '1', order: 'desc', size: SIZES[kind] }
    // A row that lacks one of several fields is still a row.
    const empty = { missingBucket: by.length > 1, missingBucketLabel: '' }
    const other = { otherBucket: false, otherBucketLabel: 'Other' }
    return aggregation(String(10 + i), 'terms', schema[kind], {
      field,
      ...order,
      ...other,
      ...empty,
    })
  })
  return [...counted, ...time, ...terms]
}

function aggregation(
  id: string,
  type: string,
  schema: string,
  params: Record<string, unknown>,
): Aggregation {
  return { id, enabled: true, type, schema, params }
}

const labels = { show: true, rotate: 0, filter: false, truncate: 100 }

function axes(place: 'bottom' | 'left', value: 'bottom' | 'left'): Record<string, unknown> {
  const category = { id: 'CategoryAxis-1', type: 'category', position: place, show: true }
  const values = {
    id: 'ValueAxis-1',
    name: 'LeftAxis-1',
    type: 'value',
    position: value,
    show: true,
  }
  const linear = { type: 'linear', mode: 'normal' }
  return {
    categoryAxes: [{ ...category, style: {}, scale: { type: 'linear' }, labels, title: {} }],
    valueAxes: [{ ...values, style: {}, scale: linear, labels, title: { text: 'Count' } }],
    seriesParams: [
      {
        show: true,
        type: 'histogram',
        mode: 'stacked',
        data: { label: 'Count', id: '1' },
        valueAxis: 'ValueAxis-1',
        drawLinesBetweenPoints: true,
        showCircles: true,
      },
    ],
    addTooltip: true,
    addLegend: true,
    legendPosition: 'right',
    times: [],
    addTimeMarker: false,
    grid: { categoryLines: false },
    labels: {},
    thresholdLine: { show: false, value: 10, width: 1, style: 'full', color: '#E7664C' },
  }
}

const params: Readonly<Record<Panel['kind'], Record<string, unknown>>> = {
  number: {
    addTooltip: true,
    addLegend: false,
    type: 'metric',
    metric: {
      percentageMode: false,
      useRanges: false,
      colorSchema: 'Green to Red',
      metricColorMode: 'None',
      colorsRange: [{ from: 0, to: 10_000 }],
      labels: { show: true },
      invertColors: false,
      style: { bgFill: '#000', bgColor: false, labelColor: false, subText: '', fontSize: 48 },
    },
  },
  time: { type: 'histogram', ...axes('bottom', 'left') },
  bars: { type: 'histogram', ...axes('left', 'bottom') },
  ring: {
    type: 'pie',
    addTooltip: true,
    addLegend: true,
    legendPosition: 'right',
    isDonut: true,
    labels: { show: false, values: true, last_level: true, truncate: 100 },
  },
  table: {
    perPage: 10,
    showPartialRows: false,
    showMetricsAtAllLevels: false,
    sort: { columnIndex: null, direction: null },
    showTotal: false,
    totalFunc: 'sum',
    percentageCol: '',
  },
}
