/** How far a TCP connection has come (RFC 9293 section 3.3.2), as far as it shows from outside. */
import type { FlowState } from '../operation.ts'
import type { Packet } from '../packet/packet.ts'
import { ACK, FIN, RST, SYN } from '../packet/packet.ts'

export class TcpState {
  state: FlowState = 'established'
  /** Time of the FIN or RST that ended it. */
  closed = 0
  /** Its beginning was seen. */
  hasSyn = false
  openerIsLow = true
  #synSequence = 0
  #finLow = false
  #finHigh = false
  #resetFromLow: boolean | undefined = undefined

  /** The first packet that was seen. */
  begin(p: Packet, fromLow: boolean): void {
    if ((p.flags & SYN) === 0) return
    const answers = (p.flags & ACK) !== 0
    this.hasSyn = true
    this.#synSequence = answers ? (p.acknowledgement - 1) | 0 : p.sequence
    this.state = answers ? 'established' : 'attempted'
    this.openerIsLow = answers !== fromLow
  }

  /** Does this SYN begin another connection between the same ports? */
  isOther(p: Packet): boolean {
    if ((p.flags & (SYN | ACK)) !== SYN) return false
    return !this.hasSyn || p.sequence !== this.#synSequence
  }

  /** Takes note of a packet; true where it shows that an earlier reset was forged. */
  packet(p: Packet, fromLow: boolean): boolean {
    const flags = p.flags
    if ((flags & (SYN | FIN | RST)) !== 0) this.#control(p, fromLow)
    else if (this.state === 'attempted' && fromLow !== this.openerIsLow) this.state = 'established'
    if (this.#resetFromLow !== fromLow || (flags & RST) !== 0) return false
    // Data after its sender's reset: somebody else sent the reset.
    if (p.payloadEnd <= p.payload) return false
    this.#resetFromLow = undefined
    this.closed = 0
    this.state = 'established'
    return true
  }

  #control(p: Packet, fromLow: boolean): void {
    const flags = p.flags
    if ((flags & RST) !== 0) {
      if (this.state === 'attempted') this.state = 'refused'
      else if (this.state === 'established') this.state = 'reset'
      if (this.closed === 0) this.closed = p.time
      this.#resetFromLow = fromLow
      return
    }
    if ((flags & (SYN | ACK)) === (SYN | ACK) && this.state === 'attempted') {
      if (fromLow !== this.openerIsLow) this.state = 'established'
    }
    if ((flags & FIN) === 0) return
    if (fromLow) this.#finLow = true
    else this.#finHigh = true
    if (this.#finLow && this.#finHigh && this.state === 'established') {
      this.state = 'closed'
      this.closed = p.time
    }
  }
}
