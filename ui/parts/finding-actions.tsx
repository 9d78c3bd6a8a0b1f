/** What can be done with a finding, or with those selected; each with its key. */
import { useState } from 'react'
import type { CloseReason, FindingState } from '../../analyzer/api/schema.ts'
import { act, reasonKeys, reasonWords } from '../data/actions.ts'
import { useKeys } from '../data/keys.ts'
import { toasts } from '../data/toasts.ts'
import { plural } from '../text/number.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

interface ActionsProps {
  ids: readonly string[]
  /** Of the one finding; unknown for several. */
  state?: FindingState | undefined
  /** Whether anything was done with it that can be taken back. */
  acted?: boolean
  /** What approving adds to the baseline; unknown for several. */
  approves?: readonly string[] | undefined
}

const reasons = Object.keys(reasonWords) as CloseReason[]

export function FindingActions({ ids, state, approves, acted = false }: ActionsProps) {
  const [asks, setAsks] = useState<'reason' | 'note'>()
  const none = ids.length === 0
  const closed = state === 'closed'
  const nothing = approves !== undefined && approves.length === 0
  const done = (): void => setAsks(undefined)
  const acknowledge = (): void => void act(ids, { action: closed ? 'reopen' : 'acknowledge' })
  const approve = (): void => {
    if (!nothing) void act(ids, { action: 'approve' })
    else toasts.show({ kind: 'failed', text: nothingToApprove })
  }
  useKeys({
    e: acknowledge,
    c: () => !none && setAsks('reason'),
    n: () => !none && setAsks('note'),
    p: approve,
  })
  return (
    <div className="actions" role="toolbar" aria-label="Actions">
      {ids.length > 1 && <strong>{plural(ids.length, 'finding')}</strong>}
      <Button onPress={acknowledge} keys="e" disabled={none} kind="strong">
        {closed ? 'Reopen' : 'Acknowledge'}
      </Button>
      <Button onPress={() => setAsks('reason')} keys="c" disabled={none}>
        Close…
      </Button>
      <Button onPress={() => setAsks('note')} keys="n" disabled={none}>
        Note…
      </Button>
      <Button
        onPress={approve}
        keys="p"
        disabled={none || nothing}
        tip={nothing ? nothingToApprove : 'This is normal here: add it to the baseline'}
      >
        Approve as normal
      </Button>
      {acted && (
        <Button onPress={() => toasts.undo()} keys="u" kind="quiet" tip="Take back the last act">
          Undo
        </Button>
      )}
      {asks === 'reason' && <CloseDialog ids={ids} onDone={done} />}
      {asks === 'note' && <NoteDialog ids={ids} onDone={done} />}
    </div>
  )
}

const nothingToApprove =
  'This finding is not about something new, so there is nothing to approve: close it as benign.'

interface AskProps {
  ids: readonly string[]
  onDone: () => void
}

function CloseDialog({ ids, onDone }: AskProps) {
  const close = (reason: CloseReason): void => {
    onDone()
    void act(ids, { action: 'close', reason })
  }
  return (
    <Dialog
      title={`Close ${plural(ids.length, 'finding')}: why?`}
      onClose={onDone}
      onKeyDown={(event) => {
        const reason = reasons.find((item) => reasonKeys[item] === event.key)
        if (reason === undefined || event.ctrlKey || event.metaKey) return
        event.preventDefault()
        close(reason)
      }}
    >
      <div className="choices">
        {reasons.map((reason) => (
          <Button key={reason} onPress={() => close(reason)} keys={reasonKeys[reason]}>
            {reasonWords[reason]}
          </Button>
        ))}
      </div>
      <p className="dim">
        A true positive opens again with its next match; a rise in severity opens any.
      </p>
    </Dialog>
  )
}

function NoteDialog({ ids, onDone }: AskProps) {
  const [note, setNote] = useState('')
  const save = (): void => {
    if (note.trim() === '') return
    onDone()
    void act(ids, { action: 'comment', note: note.trim() })
  }
  return (
    <Dialog title={`Note on ${plural(ids.length, 'finding')}`} onClose={onDone}>
      <textarea
        rows={5}
        data-focus
        value={note}
        aria-label="Note"
        onChange={(event) => setNote(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
        }}
      />
      <Button onPress={save} keys="Ctrl+Enter" kind="strong" disabled={note.trim() === ''}>
        Save the note
      </Button>
    </Dialog>
  )
}
