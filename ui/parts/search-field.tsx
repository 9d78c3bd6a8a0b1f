/** A filter as you type: the address follows when the typing rests. */
import { useEffect, useRef, useState } from 'react'

const REST_MS = 150

interface SearchFieldProps {
  value: string
  label: string
  onChange: (value: string | undefined) => void
}

export function SearchField({ value, label, onChange }: SearchFieldProps) {
  const [text, setText] = useState(value)
  const sent = useRef(value)
  const change = useRef(onChange)
  useEffect(() => {
    change.current = onChange
  })
  // The address changed by itself: back, a link, a cleared filter.
  useEffect(() => {
    if (value === sent.current) return
    sent.current = value
    setText(value)
  }, [value])
  useEffect(() => {
    if (text === sent.current) return undefined
    const rest = setTimeout(() => {
      sent.current = text
      change.current(text === '' ? undefined : text)
    }, REST_MS)
    return () => clearTimeout(rest)
  }, [text])
  return (
    <label className="search">
      <input
        type="search"
        value={text}
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder="Filter"
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
        }}
      />
      <kbd>/</kbd>
    </label>
  )
}
