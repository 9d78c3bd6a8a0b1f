/** Whether a conversation carried anything: a port that was only tried says no protocol. */
import type { Conversation } from '#sensor'

/** Ethernet, a VLAN tag, IPv4 and TCP with the options of a handshake, in bytes. */
const EMPTY_FRAME_BYTES = 78

export function hasSpoken(conversation: Conversation): boolean {
  const { clientPackets, serverPackets, clientBytes, serverBytes, payloadBytes } = conversation
  if (clientPackets === 0 || serverPackets === 0) return false
  if (payloadBytes !== undefined) return payloadBytes > 0
  if (conversation.flow.transport === 'udp') return true
  // Frames that are no longer than empty ones on average may have been empty.
  return clientBytes + serverBytes > (clientPackets + serverPackets) * EMPTY_FRAME_BYTES
}
