/** What a row or a cell opens beside its table; Esc closes it. */
import type { ReactNode } from 'react'
import { useKeys } from '../data/keys.ts'
import { Button } from './button.tsx'

interface AsideProps {
  label: string
  title: ReactNode
  onClose: () => void
  children: ReactNode
}

export function Aside({ label, title, onClose, children }: AsideProps) {
  useKeys({ Escape: onClose })
  return (
    <aside className="aside" aria-label={label}>
      <div className="aside-top">
        <h2>{title}</h2>
        <Button onPress={onClose} keys="Esc" kind="quiet">
          Close
        </Button>
      </div>
      {children}
    </aside>
  )
}
