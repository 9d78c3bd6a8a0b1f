/** How far a TCP connection has come (RFC 9293 section 3.3.2), as far as it shows from outside. */
import { ACK, FIN, RST, SYN } from '../packet/packet.ts'
import {
  ATTEMPTED,
  CLOSED,
  ESTABLISHED,
  FIN_HIGH,
  FIN_LOW,
  HAS_SYN,
  OPENER_LOW,
  PHASE,
  REFUSED,
  RESET,
  RESET_HIGH,
  RESET_LOW,
  openerIsLow,
} from './flow-state.ts'

const RESETS = RESET_LOW | RESET_HIGH
const FINS = FIN_LOW | FIN_HIGH

/** The state after the first packet that was seen. */
export function begun(flags: number, fromLow: boolean): number {
  if ((flags & SYN) === 0) return ESTABLISHED
  const answers = (flags & ACK) !== 0
  const opener = answers !== fromLow ? OPENER_LOW : 0
  return HAS_SYN | opener | (answers ? ESTABLISHED : ATTEMPTED)
}

/** The state after any packet; `length` is that of its payload. */
export function moved(before: number, flags: number, fromLow: boolean, length: number): number {
  let state = before
  if ((flags & (SYN | FIN | RST)) !== 0) state = controlled(state, flags, fromLow)
  else if ((state & PHASE) === ATTEMPTED && fromLow !== openerIsLow(state)) state &= ~PHASE
  if (!isForged(state, flags, fromLow, length)) return state
  return (state & ~(RESETS | PHASE)) | ESTABLISHED
}

/** Data after its sender's reset: somebody else sent the reset. */
export function isForged(state: number, flags: number, fromLow: boolean, length: number): boolean {
  if ((state & (fromLow ? RESET_LOW : RESET_HIGH)) === 0) return false
  return (flags & RST) === 0 && length > 0
}

function controlled(before: number, flags: number, fromLow: boolean): number {
  let state = before
  const phase = state & PHASE
  if ((flags & RST) !== 0) {
    state = (state & ~RESETS) | (fromLow ? RESET_LOW : RESET_HIGH)
    if (phase === ATTEMPTED) return (state & ~PHASE) | REFUSED
    return phase === ESTABLISHED ? (state & ~PHASE) | RESET : state
  }
  if ((flags & (SYN | ACK)) === (SYN | ACK) && phase === ATTEMPTED) {
    if (fromLow !== openerIsLow(state)) state = (state & ~PHASE) | ESTABLISHED
  }
  if ((flags & FIN) === 0) return state
  state |= fromLow ? FIN_LOW : FIN_HIGH
  const isOver = (state & FINS) === FINS && (state & PHASE) === ESTABLISHED
  return isOver ? (state & ~PHASE) | CLOSED : state
}
