/** A control, with the key that does the same in its label. */
import type { ReactNode } from 'react'

interface ButtonProps {
  children: ReactNode
  onPress: () => void
  keys?: string
  tip?: string
  kind?: 'plain' | 'strong' | 'quiet'
  disabled?: boolean
  pressed?: boolean
  /** Has the focus when its dialog opens. */
  focus?: boolean
}

export function Button(props: ButtonProps) {
  const { children, onPress, keys, tip, kind = 'plain', disabled = false, pressed, focus } = props
  return (
    <button
      type="button"
      className={`button button-${kind}`}
      onClick={onPress}
      aria-disabled={disabled}
      {...(focus === true ? { 'data-focus': true } : {})}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(keys === undefined ? {} : { 'aria-keyshortcuts': keys })}
      {...(tip === undefined ? {} : { 'data-tip': tip })}
    >
      {children}
      {keys !== undefined && <kbd>{keys}</kbd>}
    </button>
  )
}
