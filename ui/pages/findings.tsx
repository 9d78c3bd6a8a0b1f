/** The inbox: which finding needs me now, and why. */
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { standingAct, takeBack } from '../data/actions.ts'
import { isMissing } from '../data/api.ts'
import { useFindingList } from '../data/finding-list.ts'
import type { FindingList } from '../data/finding-list.ts'
import { useAddress, useHealth, useReach } from '../data/hooks.ts'
import { useKeys } from '../data/keys.ts'
import { useNarrow } from '../data/narrow.ts'
import { findingQuery } from '../data/queries.ts'
import { toasts } from '../data/toasts.ts'
import { FindingActions } from '../parts/finding-actions.tsx'
import { FindingBlocks, FindingHead } from '../parts/finding-detail.tsx'
import { FindingFilter, FindingSort } from '../parts/finding-filter.tsx'
import { FindingRows } from '../parts/finding-list.tsx'
import { NoFindings } from '../parts/no-findings.tsx'
import { TakeIn } from '../parts/take-in.tsx'
import { Failed, Loading, Reading } from '../parts/states.tsx'
import { findingParams, stringifySearch } from '../text/address.ts'
import type { FindingSearch } from '../text/address.ts'
import { plural } from '../text/number.ts'

const route = getRouteApi('/findings')

export function FindingsPage() {
  const search = route.useSearch()
  const reach = useReach()
  const list = useFindingList({ ...search, ...reach })
  const narrow = useNarrow()
  const cursor = search.sel ?? (narrow ? undefined : list.rows[0]?.id)
  const { selected, toggle, clear } = useSelection(stringifySearch(findingParams(search)))
  const ids = selected.size > 0 ? [...selected] : cursor === undefined ? [] : [cursor]
  const shown = cursor ?? ids[0]
  const { open, press } = useCursor(list, cursor, { clear, toggle, selected })
  useEffect(() => {
    toasts.otherwise(() => void takeBack(ids))
    return () => toasts.otherwise(undefined)
  })
  return (
    <div className="findings">
      <section className="findings-list" aria-label="Findings">
        <h1 className="hidden">Findings</h1>
        <div className="filters">
          <FindingFilter search={search} />
          <Summary
            search={search}
            list={list}
            selected={selected.size}
            onClear={clear}
            cursor={cursor}
          />
        </div>
        <List list={list} cursor={cursor} selected={selected} onPress={press} onSelect={toggle} />
      </section>
      <section
        className={selected.size > 0 ? 'findings-pane selecting' : 'findings-pane'}
        aria-label="Selected finding"
      >
        {shown !== undefined && <Pane id={shown} list={list} ids={ids} onOpen={open} />}
      </section>
    </div>
  )
}

/** Of one list: another view or filter begins with none, lest what is out of sight be closed. */
function useSelection(list: string) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [of, setOf] = useState(list)
  if (of !== list) {
    setOf(list)
    setSelected(new Set())
  }
  const toggle = useCallback((id: string) => {
    setSelected((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const clear = useCallback(() => setSelected(new Set()), [])
  return { selected, toggle, clear }
}

interface Choice {
  selected: ReadonlySet<string>
  toggle: (id: string) => void
  clear: () => void
}

/** Moving through the list, by key and by pointer. */
function useCursor(list: FindingList, cursor: string | undefined, choice: Choice) {
  const address = useAddress()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const open = useCallback(
    (id: string | undefined) => {
      if (id === undefined) return
      // The list keeps the place, so that Esc comes back to it.
      const search = (before: object) => ({ ...before, sel: id })
      void navigate({ to: '/findings', search, replace: true, resetScroll: false }).then(() =>
        navigate({ to: '/findings/$id', params: { id } }),
      )
    },
    [navigate],
  )
  /**
   * The first press shows it beside the list, the second opens it full; a narrow page has one
   * pane.
   */
  const press = (id: string): void => {
    if (narrow || id === cursor) open(id)
    else address({ sel: id })
  }
  const move = (step: number): void => {
    const at = list.rows.findIndex((row) => row.id === cursor)
    const next = list.rows[Math.max(0, Math.min(list.rows.length - 1, at + step))]
    if (next !== undefined) address({ sel: next.id })
  }
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    x: () => cursor !== undefined && choice.toggle(cursor),
    Enter: () => open(cursor),
    Escape: () => choice.clear(),
    r: () => {
      if (cursor !== undefined) address({ sel: cursor })
      list.takeIn()
    },
  })
  return { open, press }
}

interface SummaryProps {
  search: FindingSearch
  list: FindingList
  selected: number
  cursor: string | undefined
  onClear: () => void
}

/** How many there are, how many are new, how many are selected: one line that does not move. */
function Summary({ search, list, selected, cursor, onClear }: SummaryProps) {
  const address = useAddress()
  const takeIn = (): void => {
    if (cursor !== undefined) address({ sel: cursor })
    list.takeIn()
  }
  return (
    <div className="list-line" aria-live="polite">
      <FindingSort search={search} />
      {/* Seen in the tab of the view. */}
      <span className="hidden">{list.ready ? plural(list.total, 'finding') : ' '}</span>
      {selected > 0 && (
        <button type="button" className="button button-quiet" onClick={onClear}>
          {selected} selected <kbd>Esc</kbd>
        </button>
      )}
      <TakeIn fresh={list.fresh} left={list.left} onPress={takeIn} />
    </div>
  )
}

function List(props: {
  list: FindingList
  cursor: string | undefined
  selected: ReadonlySet<string>
  onPress: (id: string) => void
  onSelect: (id: string) => void
}) {
  const { list } = props
  const health = useHealth()
  const search = route.useSearch()
  if (!list.ready) {
    if (list.error !== null) {
      return <Failed error={list.error} what="the findings" onRetry={list.refetch} />
    }
    return <Loading what="the findings" />
  }
  if (list.rows.length === 0) return <NoFindings search={search} health={health} />
  return <FindingRows {...props} />
}

interface PaneProps {
  id: string
  ids: readonly string[]
  list: FindingList
  onOpen: (id: string) => void
}

function Pane({ id, ids, list, onOpen }: PaneProps) {
  const query = useQuery(findingQuery(id))
  const row = query.data ?? list.rows.find((item) => item.id === id)
  const one = ids.length === 1 && ids[0] === id
  const chosen =
    one && row !== undefined ? [row] : list.rows.filter((item) => ids.includes(item.id))
  return (
    <article className="detail">
      <div className="detail-top">
        <FindingActions
          ids={ids}
          state={one ? row?.state : undefined}
          severities={chosen.map(({ severity }) => severity)}
          missing={one && query.data === undefined && isMissing(query.error)}
          approves={one ? query.data?.approves : undefined}
          acted={one && standingAct(query.data) !== undefined}
        />
      </div>
      {row !== undefined && <FindingHead row={row} onOpen={() => onOpen(id)} />}
      <Reading query={query} what="the finding">
        {(finding) => <FindingBlocks finding={finding} />}
      </Reading>
    </article>
  )
}
