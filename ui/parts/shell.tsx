/** The frame of every page: where to go, which site and time, whether the sensor is well. */
import { Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { CircleHelp, Moon, Sun, SunMoon } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Health } from '../../analyzer/api/schema.ts'
import { live } from '../data/client.ts'
import { useClock, useHealth, useLive, useRange, useScope } from '../data/hooks.ts'
import { useKeys, usePlaces } from '../data/keys.ts'
import { healthQuery } from '../data/queries.ts'
import { setTheme, storedTheme, themes } from '../data/theme.ts'
import { plural } from '../text/number.ts'
import { wirePlain } from '../text/wire.ts'
import { Button } from './button.tsx'
import { HealthPill } from './health-pill.tsx'
import { Help } from './help.tsx'
import { Rail } from './rail.tsx'
import { RangeControl } from './range-control.tsx'
import { ScopeControl } from './scope-control.tsx'
import { Tip } from './tip.tsx'
import { WhoBanner, WhoButton } from './who.tsx'
import { ToastBar } from './toast.tsx'
import { Wire } from './wire.tsx'

export function Shell() {
  const [help, setHelp] = useState(false)
  const navigate = useNavigate()
  const { to } = useRange()
  useEffect(() => live.follow(), [])
  useEffect(() => live.pause(to !== undefined), [to])
  useTitle()
  useKeys({
    '[Shift]+?': () => setHelp(true),
    '[Shift]+/': focusFilter,
  })
  usePlaces({
    f: () => void navigate({ to: '/findings' }),
    a: () => void navigate({ to: '/assets' }),
    c: () => void navigate({ to: '/conversations' }),
    z: () => void navigate({ to: '/zones' }),
    o: () => void navigate({ to: '/operations' }),
    p: () => void navigate({ to: '/reports' }),
    r: () => void navigate({ to: '/rules' }),
    s: () => void navigate({ to: '/sensor' }),
  })
  return (
    <div className="shell">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <TopLine onHelp={() => setHelp(true)} />
      <Rail />
      <main id="page" tabIndex={-1}>
        <Banners />
        <Outlet />
      </main>
      <ToastBar />
      <Tip />
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  )
}

/** The page and the site, for the tab of the browser. */
function useTitle(): void {
  const page = useLocation().pathname.split('/')[1] ?? ''
  const site = useHealth()?.site ?? ''
  useEffect(() => {
    const name = page.slice(0, 1).toUpperCase() + page.slice(1)
    document.title = [name, wirePlain(site, 40), 'Fieldtap'].filter(Boolean).join(' · ')
  }, [page, site])
}

/** The filter of the page that is shown. */
function focusFilter(): void {
  const field = document.querySelector<HTMLInputElement>('input[type=search]')
  field?.focus()
  field?.select()
}

function TopLine({ onHelp }: { onHelp: () => void }) {
  const health = useHealth()
  const clock = useClock()
  return (
    <header className="top">
      <ScopeControl />
      <RangeControl />
      <span className="zone-name dim" data-tip="Times are those of the site">
        {clock.zone === 'UTC' ? 'UTC' : `${clock.zone} ${clock.offset(health?.capture_last ?? '')}`}
      </span>
      <HealthPill />
      <ThemeButton />
      <WhoButton />
      <Button onPress={onHelp} keys="?" kind="quiet" tip="Keys">
        <CircleHelp size={16} aria-hidden />
        <span className="hidden">Help</span>
      </Button>
    </header>
  )
}

const themeIcons = { system: SunMoon, light: Sun, dark: Moon } as const

function ThemeButton() {
  const [theme, choose] = useState(storedTheme)
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system'
  const Icon = themeIcons[theme]
  return (
    <Button
      kind="quiet"
      tip={`Colours: ${theme}. Press for ${next}.`}
      onPress={() => {
        setTheme(next)
        choose(next)
      }}
    >
      <Icon size={16} aria-hidden />
      <span className="hidden">Colours: {theme}</span>
    </Button>
  )
}

/** Without its folders: those stand on the page of the sensor. */
const fileName = (path: string): string => path.split(/[/\\]/).at(-1) ?? path

function replayedName({ source, files = [source] }: Pick<Health, 'source' | 'files'>): string {
  const more = files.length - 1
  return fileName(files[0] ?? source) + (more > 0 ? ` and ${plural(more, 'more file')}` : '')
}

function Banners() {
  const health = useHealth()
  const { link, lostAt } = useLive()
  const { error } = useQuery(healthQuery(useScope()))
  const clock = useClock()
  return (
    <>
      {health?.mode === 'demo' && (
        <p className="banner">This is the demonstration: a recorded plant, replayed.</p>
      )}
      {health?.mode === 'file' && (
        <p className="banner">
          <span>
            This is a replay of <Wire text={replayedName(health)} limit={80} mono />, not a live
            plant.
          </span>
        </p>
      )}
      {health?.fallback !== undefined && (
        <p className="banner banner-warn" role="alert">
          <span>
            The cluster is away: this page shows this machine’s own store, and keeps here what you
            do until it can be delivered (<Wire text={health.fallback} limit={160} />
            ).
          </span>
        </p>
      )}
      <WhoBanner />
      {link === 'lost' && (
        <p className="banner banner-red" role="alert">
          <span>
            {error === null
              ? 'Live updates have stopped; trying to get them back.'
              : 'Fieldtap does not answer.'}{' '}
            What is shown is as of {clock.short(new Date(lostAt).toISOString())}.
          </span>
          <Button onPress={() => live.retry()}>Try now</Button>
        </p>
      )}
    </>
  )
}
