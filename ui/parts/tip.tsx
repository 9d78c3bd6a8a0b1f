/** One tip for the page: what `data-tip` says, on hover and on focus, clipped by no list. */
import { useEffect, useRef } from 'react'

const GAP = 6

export function Tip() {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const show = (event: Event): void => {
      const tip = box.current
      // A finger rests on what it presses: the tip would only hide it.
      const touched = event instanceof PointerEvent && event.pointerType === 'touch'
      if (tip === null || touched) return
      const target = event.target instanceof Element ? event.target.closest('[data-tip]') : null
      const text = target?.getAttribute('data-tip') ?? ''
      if (target === null || text === '') {
        tip.hidden = true
        return
      }
      tip.textContent = text
      tip.hidden = false
      const at = target.getBoundingClientRect()
      const left = Math.min(at.left, window.innerWidth - tip.offsetWidth - GAP)
      const below = at.bottom + GAP + tip.offsetHeight < window.innerHeight
      const top = below ? at.bottom + GAP : at.top - GAP - tip.offsetHeight
      tip.style.transform = `translate(${Math.max(GAP, left)}px, ${top}px)`
    }
    const hide = (event: Event): void => {
      const key = event instanceof KeyboardEvent ? event.key : 'Escape'
      if (key === 'Escape' && box.current !== null) box.current.hidden = true
    }
    document.addEventListener('pointerover', show)
    document.addEventListener('focusin', show)
    document.addEventListener('focusout', hide)
    document.addEventListener('scroll', hide, { capture: true, passive: true })
    document.addEventListener('keydown', hide)
    return () => {
      document.removeEventListener('pointerover', show)
      document.removeEventListener('focusin', show)
      document.removeEventListener('focusout', hide)
      document.removeEventListener('scroll', hide, { capture: true })
      document.removeEventListener('keydown', hide)
    }
  }, [])
  return <div ref={box} className="tip" role="tooltip" hidden />
}
