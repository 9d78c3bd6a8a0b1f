/** The pages by address. Each is its own file, read when it is opened. */
import {
  Link,
  createRootRoute,
  createRoute,
  createRouter,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router'
import { pages } from './pages.ts'
import { Button } from './parts/button.tsx'
import { Shell } from './parts/shell.tsx'
import { Empty } from './parts/states.tsx'
import {
  findingSearch,
  listSearch,
  parseSearch,
  shellSearch,
  stringifySearch,
  zoneSearch,
} from './text/address.ts'

/** Its script could not be read, or failed on what it was given. */
function PageFailed() {
  return (
    <Empty title="This page could not be shown.">
      <p>
        Either Fieldtap does not answer (see that `fieldtap start` runs), or the console in this
        browser is older than Fieldtap: then loading it again helps.
      </p>
      <Button onPress={() => location.reload()}>Load it again</Button>
    </Empty>
  )
}

function NoSuchPage() {
  return (
    <Empty title="There is no such page">
      <p>
        <Link to="/findings">Go to the findings</Link>
      </p>
    </Empty>
  )
}

const root = createRootRoute({
  component: Shell,
  validateSearch: shellSearch,
  search: { middlewares: [retainSearchParams(['range', 'from', 'to', 'site', 'sensor'])] },
  notFoundComponent: NoSuchPage,
  errorComponent: PageFailed,
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
  component: pages.findings,
})

const finding = createRoute({
  ...page,
  path: '/findings/$id',
  component: pages.finding,
})

const assets = createRoute({
  ...page,
  path: '/assets',
  validateSearch: listSearch,
  component: pages.assets,
})

const asset = createRoute({
  ...page,
  path: '/assets/$id',
  component: pages.asset,
})

const conversations = createRoute({
  ...page,
  path: '/conversations',
  validateSearch: listSearch,
  component: pages.conversations,
})

const zones = createRoute({
  ...page,
  path: '/zones',
  validateSearch: zoneSearch,
  component: pages.zones,
})

const operations = createRoute({
  ...page,
  path: '/operations',
  validateSearch: listSearch,
  component: pages.operations,
})

const reports = createRoute({
  ...page,
  path: '/reports',
  component: pages.reports,
})

const rules = createRoute({
  ...page,
  path: '/rules',
  validateSearch: listSearch,
  component: pages.rules,
})

const sensor = createRoute({
  ...page,
  path: '/sensor',
  component: pages.sensor,
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
