/** X.509 certificates (RFC 5280) as they stand in the protocols that show them: DER, leaf first. */
import { X509Certificate } from 'node:crypto'

export interface Certificate {
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly sha256: string
  readonly subject: string
  readonly issuer: string
  /** ISO 8601, UTC. */
  readonly notAfter: string
  readonly selfSigned: boolean
  /** First URI of the subject's alternative names, '' where there is none. */
  readonly uri: string
}

/** Longest name kept; what a plant's certificates carry is some 100 characters. */
const NAME_CHARS_MAX = 512

/** The first certificate of a chain; undefined where it is none. */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  try {
    const leaf = new X509Certificate(der.subarray(0, derLength(der)))
    const subject = distinguishedName(leaf.subject)
    const issuer = distinguishedName(leaf.issuer)
    return {
      sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
      subject,
      issuer,
      notAfter: new Date(leaf.validTo).toISOString(),
      selfSigned: subject === issuer,
      uri: firstUri(leaf.subjectAltName ?? ''),
    }
  } catch {
    return undefined
  }
}

/** Length of the outer SEQUENCE (X.690, 8.1.3): what follows it is the rest of the chain. */
function derLength(der: Uint8Array): number {
  const [tag, first = 0] = der
  if (tag !== 0x30) return 0
  if (first < 128) return 2 + first
  let length = 0
  const octets = first & 0x7f
  if (octets > 4) return 0
  for (let i = 0; i < octets; i++) length = length * 256 + (der[2 + i] ?? 0)
  return 2 + octets + length
}

/** One attribute a line, in the order of the certificate. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '').split('\n').join(', ').slice(0, NAME_CHARS_MAX)
}

/** `URI:urn:acme, DNS:host`; values with a comma are quoted, which no URI needs. */
function firstUri(names: string): string {
  const found = names.split(', ').find((name) => name.startsWith('URI:'))
  return found === undefined ? '' : found.slice('URI:'.length, NAME_CHARS_MAX)
}
