/**
 * Saved objects for Kibana 7.10 to 9 and OpenSearch Dashboards: of the older kind, which both read,
 * in the versions of 7.10, from which both go on. Made from the tables below; every field that they
 * name is in the one table of fields.
 */
import { namesOf } from './names.ts'
import type { Panel } from './panels.ts'
import { panels } from './panels.ts'
import { visualState } from './visuals.ts'

interface Saved {
  id: string
  type: 'index-pattern' | 'visualization' | 'dashboard'
  attributes: Record<string, unknown>
  references: { id: string; name: string; type: string }[]
  migrationVersion: Record<string, string>
}

const titles = {
  inventory: 'Fieldtap: inventory',
  operations: 'Fieldtap: operations',
  findings: 'Fieldtap: findings',
} as const

const GRID_COLUMNS = 48
/** Time that a dashboard opens with; the picker changes it. */
const SHOWN_FROM = 'now-7d'

/** One object a line; what names what comes after it. */
export function dashboards(namespace: string): string {
  const names = namesOf(namespace)
  const sources = {
    assets: names.alias.assets,
    findings: names.alias.findings,
    observations: names.observations,
  }
  const patterns = Object.entries(sources).map(([of, title]) => pattern(of, title, namespace))
  const visuals = panels.map((panel) => visual(panel, namespace))
  const boards = Object.keys(titles).map((of) => board(of as keyof typeof titles, namespace))
  return [...patterns, ...visuals, ...boards].map((one) => `${JSON.stringify(one)}\n`).join('')
}

/** Of a namespace, so that those of two can stand beside each other. */
function idOf(what: string, namespace: string): string {
  return `fieldtap-${what}-${namespace}`
}

function pattern(of: string, title: string, namespace: string): Saved {
  return {
    id: idOf(of, namespace),
    type: 'index-pattern',
    attributes: { title, timeFieldName: '@timestamp' },
    references: [],
    migrationVersion: { 'index-pattern': '7.6.0' },
  }
}

function visual(panel: Panel, namespace: string): Saved {
  const search = {
    query: { query: panel.where ?? '', language: 'kuery' },
    filter: [],
    indexRefName: 'kibanaSavedObjectMeta.searchSourceJSON.index',
  }
  return {
    id: idOf(panel.id, namespace),
    type: 'visualization',
    attributes: {
      title: panel.title,
      description: '',
      version: 1,
      visState: JSON.stringify(visualState(panel)),
      uiStateJSON: '{}',
      kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify(search) },
    },
    references: [
      { id: idOf(panel.of, namespace), name: search.indexRefName, type: 'index-pattern' },
    ],
    migrationVersion: { visualization: '7.10.0' },
  }
}

function board(of: keyof typeof titles, namespace: string): Saved {
  const own = panels.filter(({ board }) => board === of)
  let [x, y, row] = [0, 0, 0]
  const placed = own.map(({ width, height }, i) => {
    if (x + width > GRID_COLUMNS) [x, y, row] = [0, y + row, 0]
    const at = { x, y, w: width, h: height, i: String(i) }
    x += width
    row = Math.max(row, height)
    return {
      version: '7.10.0',
      gridData: at,
      panelIndex: String(i),
      embeddableConfig: {},
      panelRefName: `panel_${i}`,
    }
  })
  return {
    id: idOf(`board-${of}`, namespace),
    type: 'dashboard',
    attributes: {
      title: namespace === 'default' ? titles[of] : `${titles[of]} (${namespace})`,
      description: '',
      version: 1,
      hits: 0,
      panelsJSON: JSON.stringify(placed),
      optionsJSON: JSON.stringify({ hidePanelTitles: false, useMargins: true }),
      timeRestore: true,
      timeFrom: SHOWN_FROM,
      timeTo: 'now',
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }),
      },
    },
    references: own.map(({ id }, i) => {
      return { id: idOf(id, namespace), name: `panel_${i}`, type: 'visualization' }
    }),
    migrationVersion: { dashboard: '7.9.3' },
  }
}
