/** New rows wait here until they are taken in: the row under the cursor never moves by itself. */
import { count } from '../text/number.ts'

interface TakeInProps {
  fresh: number
  left?: number
  what?: string
  onPress: () => void
}

export function TakeIn({ fresh, left = 0, what = 'new', onPress }: TakeInProps) {
  if (fresh === 0 && left === 0) return null
  const words = [
    ...(fresh > 0 ? [`${count(fresh)} ${what}`] : []),
    ...(left > 0 ? [`hide ${count(left)} handled`] : []),
  ]
  return (
    <button
      type="button"
      className={fresh > 0 ? 'take-in fresh' : 'take-in'}
      aria-keyshortcuts="r"
      data-tip={
        fresh > 0
          ? 'Take them into the list'
          : 'Take those out of the list that were acknowledged or closed'
      }
      onClick={onPress}
    >
      {words.join(', ')} <kbd>r</kbd>
    </button>
  )
}
