/** What stands where a list would: nothing, not yet, not at all. Each says what is so. */
import type { ReactNode } from 'react'
import { ApiFailure } from '../data/api.ts'
import { Wire } from './wire.tsx'
import { Button } from './button.tsx'

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state" role="status">
      <h2>{title}</h2>
      {children}
    </div>
  )
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="state loading" role="status">
      <p>Reading {what}…</p>
    </div>
  )
}

const begun = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** An outside failure in words, with what to do; kept rows stay on the page above it. */
export function Failed({
  error,
  what,
  onRetry,
}: {
  error: Error
  what: string
  onRetry: () => void
}) {
  const failure = error instanceof ApiFailure ? error : undefined
  return (
    <div className="state failed" role="alert">
      <h2>Could not read {what}</h2>
      <p>
        <Wire text={begun(failure?.message ?? 'The answer was not understood.')} />{' '}
        <Wire
          text={failure?.remedy ?? 'Reload the page; the console may be older than Fieldtap.'}
        />
      </p>
      <Button onPress={onRetry}>Try again</Button>
    </div>
  )
}

interface ReadingProps<T> {
  query: { data: T | undefined; error: Error | null; refetch: () => unknown }
  what: string
  children: (data: T) => ReactNode
}

/** The data when it is there, whatever became of the last reading; else why it is not. */
export function Reading<T>({ query, what, children }: ReadingProps<T>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error !== null) {
    return <Failed error={query.error} what={what} onRetry={() => void query.refetch()} />
  }
  return <Loading what={what} />
}
