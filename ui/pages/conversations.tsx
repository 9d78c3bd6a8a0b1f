/** Who talks to whom, about what, and whether the policy allows it. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useAddress, useScope } from '../data/hooks.ts'
import { useAll } from '../data/pages.ts'
import { conversationsQuery } from '../data/queries.ts'
import { conversationColumns } from '../parts/conversation-columns.tsx'
import { DataTable } from '../parts/data-table.tsx'
import { ListPage } from '../parts/list-page.tsx'
import { useSensorColumn } from '../parts/whose.tsx'
import { ConversationAside } from '../parts/traffic-aside.tsx'
import { Empty, Reading } from '../parts/states.tsx'

const route = getRouteApi('/conversations')

export function ConversationsPage() {
  const { q, sort, sel } = route.useSearch()
  const change = useAddress()
  const query = useInfiniteQuery({
    ...conversationsQuery(q ?? '', useScope()),
    placeholderData: keepPreviousData,
  })
  const columns = useSensorColumn(conversationColumns)
  const { rows, total } = useAll(query)
  const chosen = rows.find((row) => row.id === sel)
  return (
    <ListPage
      title="Conversations"
      one="conversation"
      q={q}
      looks="names, addresses and protocol"
      shown={rows.length}
      total={query.data && total}
    >
      <Reading query={query} what="the conversations">
        {() =>
          rows.length === 0 ? (
            <Empty
              title={
                q === undefined ? 'Nobody has talked yet.' : 'No conversation matches the filter.'
              }
            />
          ) : (
            <div className="with-aside">
              <DataTable
                label="Conversations"
                columns={columns}
                rows={rows}
                rowId={(row) => row.id}
                sort={sort ?? ''}
                onSort={(next) => change({ sort: next })}
                selected={sel}
                onPress={(row) => change({ sel: row.id === sel ? undefined : row.id })}
              />
              {chosen !== undefined && (
                <ConversationAside row={chosen} onClose={() => change({ sel: undefined })} />
              )}
            </div>
          )
        }
      </Reading>
    </ListPage>
  )
}
