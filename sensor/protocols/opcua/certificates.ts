/**
 * Application instance certificates (Part 6 1.05, 6.2.2): in the clear in every OPN and in the
 * sessions and endpoints of unencrypted channels, whatever else is hidden.
 */
import type { Fields } from '../../operation.ts'
import { readCertificate } from '../../decode/certificate.ts'
import type { Certificate } from '../../decode/certificate.ts'
import type { IdentityStatement } from '../dissector.ts'

/** Certificates read lately: a server's own and those of its clients come again and again. */
const RECENT_MAX = 16

export class Certificates {
  readonly #recent: { der: Uint8Array; certificate: Certificate | undefined }[] = []
  #next = 0

  read(der: Uint8Array): Certificate | undefined {
    if (der.length === 0) return undefined
    for (const known of this.#recent) if (isSame(known.der, der)) return known.certificate
    const certificate = readCertificate(der)
    this.#recent[this.#next] = { der, certificate }
    this.#next = (this.#next + 1) % RECENT_MAX
    return certificate
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function certificateFields(certificate: Certificate | undefined): Fields {
  if (certificate === undefined) return NO_FIELDS
  return {
    'opcua.certificate.sha256': certificate.sha256,
    'opcua.certificate.subject': certificate.subject,
    'opcua.certificate.issuer': certificate.issuer,
    'opcua.certificate.not_after': certificate.notAfter,
    'opcua.certificate.self_signed': certificate.selfSigned,
  }
}

const NO_FIELDS: Fields = {}

export function describeCertificate(
  of: 'client' | 'server',
  certificate: Certificate | undefined,
): IdentityStatement[] {
  if (certificate === undefined) return []
  const { sha256, uri } = certificate
  const statements: IdentityStatement[] = [
    { of, attribute: 'certificate', value: sha256, confidence: 'B' },
  ]
  if (uri !== '') statements.push({ of, attribute: 'certificate-uri', value: uri, confidence: 'B' })
  return statements
}
