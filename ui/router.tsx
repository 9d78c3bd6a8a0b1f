/** The pages by address. Each is its own file, read when it is opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { Shell } from './parts/shell.tsx'
import { Empty } from './parts/states.tsx'
import {
  findingSearch,
  listSearch,
  parseSearch,
  rangeSearch,
  stringifySearch,
  zoneSearch,
} from './text/address.ts'

const root = createRootRoute({
  component: Shell,
  validateSearch: rangeSearch,
  search: { middlewares: [retainSearchParams(['range', 'from', 'to'])] },
  notFoundComponent: () => <Empty title="There is no such page" />,
  errorComponent: () => (
    <Empty title="This page could not be shown">
      <p>Reload it. If it stays so, the console and Fieldtap may be of different versions.</p>
    </Empty>
  ),
})

const page = { getParentRoute: () => root } as const

const index = createRoute({
  ...page,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/findings' })
  },
})

const findings = createRoute({
  ...page,
  path: '/findings',
  validateSearch: findingSearch,
  component: lazyRouteComponent(() => import('./pages/findings.tsx'), 'FindingsPage'),
})

const finding = createRoute({
  ...page,
  path: '/findings/$id',
  component: lazyRouteComponent(() => import('./pages/finding.tsx'), 'FindingPage'),
})

const assets = createRoute({
  ...page,
  path: '/assets',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./pages/assets.tsx'), 'AssetsPage'),
})

const asset = createRoute({
  ...page,
  path: '/assets/$id',
  component: lazyRouteComponent(() => import('./pages/asset.tsx'), 'AssetPage'),
})

const conversations = createRoute({
  ...page,
  path: '/conversations',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./pages/conversations.tsx'), 'ConversationsPage'),
})

const zones = createRoute({
  ...page,
  path: '/zones',
  validateSearch: zoneSearch,
  component: lazyRouteComponent(() => import('./pages/zones.tsx'), 'ZonesPage'),
})

const operations = createRoute({
  ...page,
  path: '/operations',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./pages/operations.tsx'), 'OperationsPage'),
})

const reports = createRoute({
  ...page,
  path: '/reports',
  component: lazyRouteComponent(() => import('./pages/reports.tsx'), 'ReportsPage'),
})

const rules = createRoute({
  ...page,
  path: '/rules',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('./pages/rules.tsx'), 'RulesPage'),
})

const sensor = createRoute({
  ...page,
  path: '/sensor',
  component: lazyRouteComponent(() => import('./pages/sensor.tsx'), 'SensorPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    findings,
    finding,
    assets,
    asset,
    conversations,
    zones,
    operations,
    reports,
    rules,
    sensor,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
