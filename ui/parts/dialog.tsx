/** A modal dialog: the browser's own, which keeps the focus and closes on Escape. */
import { useEffect, useId, useRef } from 'react'
import type { ReactNode } from 'react'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  onKeyDown?: (event: React.KeyboardEvent) => void
}

export function Dialog({ title, onClose, children, onKeyDown }: DialogProps) {
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
            Close <kbd>Esc</kbd>
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
