/** A modal dialog: the browser's own, which keeps the focus and closes on Escape. */
import { useEffect, useId, useRef } from 'react'
import type { ReactNode } from 'react'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  onKeyDown?: (event: React.KeyboardEvent) => void
  /** What leaving it is called; not `Close` where that is also what can be done. */
  leave?: string
}

export function Dialog({ title, onClose, children, onKeyDown, leave = 'Cancel' }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const label = useId()
  useEffect(() => {
    const dialog = box.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('[data-focus]')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={box}
      aria-labelledby={label}
      onCancel={onClose}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        if (event.target === box.current) onClose()
      }}
    >
      <div className="dialog">
        <header>
          <h2 id={label}>{title}</h2>
          <button type="button" className="button button-quiet" onClick={onClose}>
            {leave} <kbd>Esc</kbd>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
