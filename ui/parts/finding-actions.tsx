/** What can be done with a finding, or with those selected; each with its key. */
import { useState } from 'react'
import type { FindingState, Severity } from '../../analyzer/api/schema.ts'
import { act } from '../data/actions.ts'
import { useKeys } from '../data/keys.ts'
import { toasts } from '../data/toasts.ts'
import { plural } from '../text/number.ts'
import { severeWords } from '../text/sentence.ts'
import { Button } from './button.tsx'
import { ApproveDialog, CloseDialog, NoteDialog, nothingToApprove } from './finding-dialogs.tsx'

interface ActionsProps {
  ids: readonly string[]
  /** Of the one finding; unknown for several. */
  state?: FindingState | undefined
  /** Of each that is known. */
  severities: readonly Severity[]
  /** Whether anything was done with it that can be taken back. */
  acted?: boolean
  /** What approving adds to the baseline; unknown for several. */
  approves?: readonly string[] | undefined
  /** There is no such finding. */
  missing?: boolean
}

export function FindingActions(props: ActionsProps) {
  const { ids, state, severities, approves, acted = false, missing = false } = props
  const [asks, setAsks] = useState<'reason' | 'note' | 'approve'>()
  const none = ids.length === 0 || missing
  const closed = state === 'closed'
  const acknowledged = state === 'acknowledged'
  const nothing = approves !== undefined && approves.length === 0
  const severe = severeWords(severities, ids.length)
  const ask = (what: typeof asks) => (): void => {
    if (!none) setAsks(what)
  }
  const done = (): void => setAsks(undefined)
  const acknowledge = (): void => {
    if (!none && !acknowledged) void act(ids, { action: closed ? 'reopen' : 'acknowledge' })
  }
  const approve = (): void => {
    if (none) return
    if (nothing) toasts.show({ kind: 'failed', text: nothingToApprove })
    else if (severe === '') void act(ids, { action: 'approve' })
    else setAsks('approve')
  }
  useKeys({ e: acknowledge, c: ask('reason'), n: ask('note'), p: approve })
  return (
    <div className="actions" role="toolbar" aria-label="Actions">
      {ids.length > 1 && <strong>{plural(ids.length, 'finding')}</strong>}
      <Button onPress={acknowledge} keys="e" disabled={none || acknowledged} kind="strong">
        {closed ? 'Reopen' : acknowledged ? 'Acknowledged' : 'Acknowledge'}
      </Button>
      <Button onPress={ask('reason')} keys="c" disabled={none}>
        Close…
      </Button>
      <Button onPress={ask('note')} keys="n" disabled={none}>
        Note…
      </Button>
      <Button
        onPress={approve}
        keys="p"
        disabled={none || nothing}
        tip={nothing ? nothingToApprove : 'This is normal here: add it to the baseline'}
      >
        Approve as normal{severe === '' ? '' : '…'}
      </Button>
      {acted && (
        <Button onPress={() => toasts.undo()} keys="u" kind="quiet" tip="Take back the last act">
          Undo
        </Button>
      )}
      {asks === 'reason' && <CloseDialog ids={ids} onDone={done} />}
      {asks === 'note' && <NoteDialog ids={ids} onDone={done} />}
      {asks === 'approve' && (
        <ApproveDialog ids={ids} approves={approves} severe={severe} onDone={done} />
      )}
    </div>
  )
}
