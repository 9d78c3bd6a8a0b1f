/** One finding by itself, at its own address. */
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { standingAct, takeBack } from '../data/actions.ts'
import { isMissing } from '../data/api.ts'
import { useKeys } from '../data/keys.ts'
import { findingQuery } from '../data/queries.ts'
import { toasts } from '../data/toasts.ts'
import { Button } from '../parts/button.tsx'
import { FindingActions } from '../parts/finding-actions.tsx'
import { FindingBlocks, FindingHead } from '../parts/finding-detail.tsx'
import { Reading } from '../parts/states.tsx'

const route = getRouteApi('/findings/$id')

export function FindingPage() {
  const { id } = route.useParams()
  const query = useQuery(findingQuery(id))
  const back = useBack(id)
  useKeys({ Escape: back })
  useEffect(() => {
    toasts.otherwise(() => void takeBack([id]))
    return () => toasts.otherwise(undefined)
  }, [id])
  return (
    <article className="detail full">
      <div className="detail-top">
        <Button onPress={back} keys="Esc" kind="quiet">
          ← Back
        </Button>
        <FindingActions
          ids={[id]}
          state={query.data?.state}
          severities={query.data === undefined ? [] : [query.data.severity]}
          missing={isMissing(query.error)}
          approves={query.data?.approves}
          acted={standingAct(query.data) !== undefined}
        />
      </div>
      <Reading query={query} what="the finding">
        {(finding) => (
          <>
            <FindingHead row={finding} />
            <FindingBlocks finding={finding} />
          </>
        )}
      </Reading>
    </article>
  )
}

/** To the list as it was left; from a shared link, to the list with this finding selected. */
function useBack(id: string): () => void {
  const router = useRouter()
  const navigate = useNavigate()
  return () => {
    if (router.history.canGoBack()) router.history.back()
    else void navigate({ to: '/findings', search: { sel: id } })
  }
}
