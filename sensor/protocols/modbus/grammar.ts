/**
 * What lengths a PDU of each function may have: says which side sends a message, and whether bytes
 * can be Modbus at all. MAP sections 6.1 to 6.21.
 */

/** Bits of the answer: the PDU may be a request, may be a response. */
export const REQUEST = 1
export const RESPONSE = 2

/** Which of the two the PDU of `length` bytes at `at` can be; 0: neither. */
export function shapeOf(bytes: Uint8Array, at: number, end: number, length: number): number {
  const code = bytes[at] as number
  // Bytes that are not there yet are taken as fitting no more than zero does.
  const first = at + 1 < end ? (bytes[at + 1] as number) : 0
  if (code >= 128) return length >= 2 ? RESPONSE : 0
  const counted = length >= 2 && first === length - 2 ? RESPONSE : 0
  switch (code) {
    case 1:
    case 2:
      return (length === 5 ? REQUEST : 0) | (first > 0 ? counted : 0)
    case 3:
    case 4:
      return (length === 5 ? REQUEST : 0) | (first > 0 && first % 2 === 0 ? counted : 0)
    case 5:
    case 6:
      return length === 5 ? REQUEST | RESPONSE : 0
    case 7:
      return length === 1 ? REQUEST : length === 2 ? RESPONSE : 0
    case 8:
      return length >= 5 && length % 2 === 1 ? REQUEST | RESPONSE : 0
    case 11:
      return length === 1 ? REQUEST : length === 5 ? RESPONSE : 0
    case 12:
    case 17:
      return length === 1 ? REQUEST : counted
    case 15:
    case 16:
      if (length === 5) return RESPONSE
      return at + 5 < end && bytes[at + 5] === length - 6 ? REQUEST : 0
    case 20:
      return counted === 0 ? 0 : (first % 7 === 0 ? REQUEST : 0) | RESPONSE
    case 21:
      return counted === 0 ? 0 : REQUEST | RESPONSE
    case 22:
      return length === 7 ? REQUEST | RESPONSE : 0
    case 23:
      if (counted !== 0) return counted
      return length >= 10 && at + 9 < end && bytes[at + 9] === length - 10 ? REQUEST : 0
    case 24:
      return length === 3 ? REQUEST : length >= 5 ? RESPONSE : 0
    case 43:
      if (first !== 14) return length >= 2 ? REQUEST | RESPONSE : 0
      return length === 4 ? REQUEST : length >= 7 ? RESPONSE : 0
    case 90:
      if (length < 3) return 0
      return isUmasReply(at + 2 < end ? (bytes[at + 2] as number) : 0) ? RESPONSE : REQUEST
    default:
      return REQUEST | RESPONSE
  }
}

/** UMAS: 0xFE says done, 0xFD says error (protocols.md 1.4). */
function isUmasReply(code: number): boolean {
  return code === 0xfe || code === 0xfd
}
