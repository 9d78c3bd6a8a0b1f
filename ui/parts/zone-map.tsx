/** The zones and what runs between them, drawn; the drawing library comes with this file only. */
import cytoscape from 'cytoscape'
import type { ElementDefinition, LayoutOptions, StylesheetJson } from 'cytoscape'
import fcose from 'cytoscape-fcose'
import { useEffect, useRef } from 'react'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { AssetRow, ZoneMatrix } from '../../analyzer/api/schema.ts'
import { useNarrow } from '../data/narrow.ts'
import { useAll } from '../data/pages.ts'
import { useScope } from '../data/hooks.ts'
import { assetsQuery } from '../data/queries.ts'
import { wirePlain } from '../text/wire.ts'
import { cellMarks, zoneName } from '../text/zones.ts'

cytoscape.use(fcose)

/**
 * The library puts a style element into the page unless one of this id is there, and the page's
 * policy refuses it; its one rule stands in `styles/zones.css`.
 */
const STYLE_ID = '__________cytoscape_stylesheet'
if (document.getElementById(STYLE_ID) === null) {
  const stands = document.createElement('meta')
  stands.id = STYLE_ID
  document.head.append(stands)
}

/** More dots than this say nothing: the zones are drawn by themselves. */
const ASSETS_MAX = 300

/** Words on the map are as large as those of the page, or smaller. */
const ZOOM_MAX = 1.25

/** Options of fcose, which the library's own types do not know. */
const layout = {
  name: 'fcose',
  animate: false,
  randomize: true,
  nodeDimensionsIncludeLabels: true,
  nodeSeparation: 120,
  idealEdgeLength: 180,
  nodeRepulsion: 20_000,
  padding: 24,
} as unknown as LayoutOptions

/** Zones by themselves, close to each other: their names stay as large as those of the page. */
const narrowLayout = {
  ...layout,
  nodeSeparation: 60,
  idealEdgeLength: 70,
  nodeRepulsion: 6000,
  padding: 12,
}

interface MapProps {
  matrix: ZoneMatrix
  onOpen: (from: string, to: string) => void
}

/** Ids of the drawing are numbers of our own: those of the wire could be any text. */
function elements(
  matrix: ZoneMatrix,
  assets: readonly AssetRow[],
  narrow: boolean,
): ElementDefinition[] {
  const at = new Map(matrix.zones.map((zone, index) => [zone.id, `zone-${index}`]))
  const byName = new Map(matrix.zones.map((zone) => [zone.name, at.get(zone.id)]))
  const list: ElementDefinition[] = matrix.zones.map((zone) => {
    const parent = at.get(zone.parent)
    const label = narrow ? wirePlain(zone.id, 16) : wirePlain(zoneName(zone), 32)
    return {
      data: { id: at.get(zone.id) ?? '', label, ...(parent === undefined ? {} : { parent }) },
      classes: zone.declared ? 'zone' : 'zone undeclared',
    }
  })
  if (!narrow && assets.length <= ASSETS_MAX) {
    for (const [index, asset] of assets.entries()) {
      const parent = at.get(asset.zone) ?? byName.get(asset.zone)
      const label = wirePlain(asset.name || asset.ip[0] || asset.mac[0] || '', 20)
      const data = { id: `asset-${index}`, label, ...(parent === undefined ? {} : { parent }) }
      list.push({ data, classes: 'asset' })
    }
  }
  for (const [index, cell] of matrix.cells.entries()) {
    const source = at.get(cell.from)
    const target = at.get(cell.to)
    const drawn = cell.state !== 'idle' && cell.state !== 'not-visible'
    if (!drawn || source === undefined || target === undefined || source === target) continue
    const label = cell.violations > 0 ? `${cellMarks.violation} ${cell.violations}` : ''
    list.push({
      data: { id: `cell-${index}`, source, target, label, from: cell.from, to: cell.to },
      classes: cell.state,
    })
  }
  return list
}

/** The colours of the page, as the canvas needs them. */
function styles(place: HTMLElement): StylesheetJson {
  const probe = document.createElement('i')
  place.append(probe)
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const text = { color: colour('--text'), 'font-size': 11, 'font-family': 'system-ui, sans-serif' }
  const line = colour('--dim')
  const bad = colour('--bad')
  const sheet: StylesheetJson = [
    { selector: 'node', style: { ...text, label: 'data(label)', 'text-valign': 'bottom' } },
    {
      selector: '.zone',
      style: {
        shape: 'round-rectangle',
        'background-color': colour('--raised'),
        'border-color': line,
        'border-width': 1,
        'text-valign': 'top',
        'font-weight': 'bold',
        'font-size': 13,
        padding: '16px',
      },
    },
    { selector: '.undeclared', style: { 'border-style': 'dashed' } },
    {
      selector: '.asset',
      style: { width: 10, height: 10, 'background-color': colour('--accent'), 'text-margin-y': 2 },
    },
    {
      selector: 'edge',
      style: {
        ...text,
        label: 'data(label)',
        width: 1.5,
        'line-color': line,
        'target-arrow-color': line,
        'target-arrow-shape': 'triangle',
        'curve-style': 'bezier',
        'control-point-step-size': 60,
        'text-background-color': colour('--bg'),
        'text-background-opacity': 1,
        'text-background-padding': '2px',
      },
    },
    {
      selector: '.violation',
      style: { 'line-color': bad, 'target-arrow-color': bad, color: bad, width: 3 },
    },
    { selector: '.not-declared', style: { 'line-style': 'dashed' } },
  ]
  probe.remove()
  return sheet
}

export function ZoneMap({ matrix, onOpen }: MapProps) {
  const box = useRef<HTMLDivElement>(null)
  const open = useRef(onOpen)
  useEffect(() => {
    open.current = onOpen
  })
  const narrow = useNarrow()
  const { rows } = useAll(useInfiniteQuery(assetsQuery('', useScope())))
  useEffect(() => {
    const place = box.current
    if (place === null) return undefined
    const map = cytoscape({
      container: place,
      elements: elements(matrix, rows, narrow),
      style: styles(place),
      layout: narrow ? narrowLayout : layout,
      maxZoom: ZOOM_MAX,
    })
    map.on('tap', 'edge', (event) => {
      const target: { data: (name: string) => unknown } = event.target
      open.current(String(target.data('from')), String(target.data('to')))
    })
    return () => map.destroy()
  }, [matrix, rows, narrow])
  return (
    <>
      {narrow && <p className="dim map-note">On a wider page the assets are drawn, too.</p>}
      <div
        ref={box}
        className="map"
        role="img"
        aria-label="Map of the zones: the matrix has the same in words"
      />
    </>
  )
}
