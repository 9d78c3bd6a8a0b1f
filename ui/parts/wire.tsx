/**
 * The one way in which text from the wire reaches the page: hidden characters shown, cut at a
 * stated length, copied whole. Isolated, so that it cannot turn the text around it.
 */
import { Copy } from 'lucide-react'
import { Fragment } from 'react'
import { WIRE_LIMIT, breakable, wireCopy, wirePlain, wireText } from '../text/wire.ts'
import { toasts } from '../data/toasts.ts'
import { count, plural } from '../text/number.ts'

export interface WireProps {
  text: string
  /** Characters shown before it is cut. */
  limit?: number
  /** Set in monospace: addresses, registers, topics, node ids. */
  mono?: boolean
  /** With a control that copies it whole, also when it is not cut. */
  copy?: boolean
  /** Without any control: in rows, which lead to a place where it can be copied. */
  still?: boolean
  /** Spaces at the ends are shown; not so for a piece of a sentence. */
  edges?: boolean
}

async function copyWhole(text: string): Promise<void> {
  const done = await navigator.clipboard.writeText(wireCopy(text)).then(
    () => true,
    () => false,
  )
  toasts.show(
    done
      ? { kind: 'done', text: `Copied ${plural(text.length, 'character')}` }
      : { kind: 'failed', text: 'The browser did not allow copying.' },
  )
}

export function Wire(props: WireProps) {
  const {
    text,
    limit = WIRE_LIMIT,
    mono = false,
    copy = false,
    edges = true,
    still = false,
  } = props
  const { parts, rest } = wireText(text, limit, edges)
  return (
    <bdi className={mono ? 'wire mono' : 'wire'} dir="ltr">
      {parts.map((part, at) =>
        part.mark ? (
          <span className="wire-mark" key={at}>
            {part.text}
          </span>
        ) : (
          <Run key={at} text={part.text} />
        ),
      )}
      {still && rest > 0 && '…'}
      {!still && (rest > 0 || copy) && text !== '' && (
        <button
          type="button"
          className="wire-copy"
          data-tip={`Copy all ${plural(text.length, 'character')}`}
          aria-label={`Copy ${wirePlain(text, 24)} whole`}
          onClick={(event) => {
            event.stopPropagation()
            event.preventDefault()
            void copyWhole(text)
          }}
        >
          {rest > 0 ? `… ${count(rest)} more` : null}
          <Copy size={11} aria-hidden />
        </button>
      )}
    </bdi>
  )
}

function Run({ text }: { text: string }) {
  return breakable(text).map((piece, at) => (
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {piece}
    </Fragment>
  ))
}

/** Several, each by itself. */
export function WireList({
  texts,
  ...rest
}: { texts: readonly string[] } & Omit<WireProps, 'text'>) {
  return (
    <>
      {texts.map((text, at) => (
        <span className="wire-item" key={at}>
          <Wire text={text} {...rest} />
        </span>
      ))}
    </>
  )
}
