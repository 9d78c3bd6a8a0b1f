/**
 * The pages, each read when it is opened, and all of them when the browser has nothing else to
 * do: should Fieldtap go away, they can still say so. The plot and the map stay where they are.
 */
import { lazy } from 'react'
import type { ComponentType } from 'react'

const readers: (() => Promise<unknown>)[] = []

function page(read: () => Promise<ComponentType>) {
  readers.push(read)
  return lazy(() => read().then((component) => ({ default: component })))
}

export const pages = {
  findings: page(() => import('./pages/findings.tsx').then((file) => file.FindingsPage)),
  finding: page(() => import('./pages/finding.tsx').then((file) => file.FindingPage)),
  assets: page(() => import('./pages/assets.tsx').then((file) => file.AssetsPage)),
  asset: page(() => import('./pages/asset.tsx').then((file) => file.AssetPage)),
  conversations: page(() =>
    import('./pages/conversations.tsx').then((file) => file.ConversationsPage),
  ),
  zones: page(() => import('./pages/zones.tsx').then((file) => file.ZonesPage)),
  operations: page(() => import('./pages/operations.tsx').then((file) => file.OperationsPage)),
  reports: page(() => import('./pages/reports.tsx').then((file) => file.ReportsPage)),
  rules: page(() => import('./pages/rules.tsx').then((file) => file.RulesPage)),
  sensor: page(() => import('./pages/sensor.tsx').then((file) => file.SensorPage)),
}

/** One after the other; what fails is read again when it is opened. */
export async function readAhead(): Promise<void> {
  for (const read of readers) await read().catch(() => undefined)
}
