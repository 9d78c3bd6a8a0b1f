import { useSyncExternalStore } from 'react'
import { useKeys } from '../data/keys.ts'
import { toasts } from '../data/toasts.ts'
import { Button } from './button.tsx'
import { Wire } from './wire.tsx'

/** What was done, with its way back: `u`. */
export function ToastBar() {
  const toast = useSyncExternalStore(toasts.subscribe, toasts.current)
  useKeys({ u: () => toasts.undo() })
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toast !== undefined && (
        <div className={`toast toast-${toast.kind}`} key={toast.id}>
          <Wire text={toast.text} limit={400} still />
          {toast.undo !== undefined && (
            <Button onPress={toast.undo} keys="u">
              Undo
            </Button>
          )}
          <Button onPress={toasts.dismiss} kind="quiet">
            Dismiss
          </Button>
        </div>
      )}
    </div>
  )
}
