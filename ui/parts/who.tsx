/** Who acts: a name that is asked for once and can be changed. */
import { UserRound } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { who } from '../data/who.ts'
import { wirePlain } from '../text/wire.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

/** As the API takes it. */
const NAME_CHARS_MAX = 80

export function WhoButton() {
  const [open, setOpen] = useState(false)
  const name = useSyncExternalStore(who.subscribe, who.name)
  return (
    <>
      <Button
        kind="quiet"
        tip={name === '' ? 'Who are you?' : `You act as ${wirePlain(name, 80)}`}
        onPress={() => setOpen(true)}
      >
        <UserRound size={16} aria-hidden />
        <span className="hidden">{name === '' ? 'Who are you?' : wirePlain(name, 80)}</span>
      </Button>
      {open && (
        <Dialog title="Who are you?" onClose={() => setOpen(false)}>
          <p>What you do is recorded under this name. There are no accounts yet.</p>
          <WhoField onDone={() => setOpen(false)} focus />
        </Dialog>
      )}
    </>
  )
}

/** Once, after something was done and nobody had said who does it. */
export function WhoBanner() {
  const asked = useSyncExternalStore(who.subscribe, who.asked)
  if (!asked) return null
  return (
    <div className="banner">
      <span>That was recorded as done by “local”. Who are you?</span>
      <WhoField onDone={() => undefined} />
      <Button kind="quiet" onPress={() => who.set('')}>
        Stay “local”
      </Button>
    </div>
  )
}

function WhoField({ onDone, focus = false }: { onDone: () => void; focus?: boolean }) {
  const [name, setName] = useState(who.name)
  return (
    <form
      className="who-field"
      onSubmit={(event) => {
        event.preventDefault()
        who.set(name)
        onDone()
      }}
    >
      <input
        {...(focus ? { 'data-focus': true } : {})}
        aria-label="Your name"
        placeholder="Your name"
        autoComplete="name"
        maxLength={NAME_CHARS_MAX}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button button-strong">
        Save
      </button>
    </form>
  )
}
