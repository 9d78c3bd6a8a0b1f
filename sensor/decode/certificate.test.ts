import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCertificate } from './certificate.ts'

/** Made with openssl: O=Acme, CN=Line 1, SAN URI:urn:acme:line1, DNS:line1; until 2126. */
const der = Buffer.from(
  'MIIBujCCAV+gAwIBAgIUeZThyTs4NaOm9vdUJURR0IZuiXcwCgYIKoZIzj0EAwIwIDENMAsGA1UECgwEQWNtZTEP' +
    'MA0GA1UEAwwGTGluZSAxMCAXDTI2MTEyMTEyMjgzOFoYDzIxMjYxMDI4MTIyODM4WjAgMQ0wCwYDVQQKDARBY21l' +
    'MQ8wDQYDVQQDDAZMaW5lIDEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARHV9lR3NGKUU2wZHhdKwLsQJmk8hIy' +
    'J/MV4GRhGUIA8thLx35oIzk2X/YKIpwiz0aaVGDwsih+f81345/TGk5Fo3UwczAdBgNVHQ4EFgQUlJiHsPm1mcyn' +
    'w9N0jTlrn95mFucwHwYDVR0jBBgwFoAUlJiHsPm1mcynw9N0jTlrn95mFucwDwYDVR0TAQH/BAUwAwEB/zAgBgNV' +
    'HREEGTAXhg51cm46YWNtZTpsaW5lMYIFbGluZTEwCgYIKoZIzj0EAwIDSQAwRgIhAJX35GXiF1CbTaWNRsUZaIVE' +
    'ropdpDUSgjUNvL7aqffSAiEA59TeLvLfnYEIeHUOY7jF8G8drYw+37+KIVdDSTfuB3Y=',
  'base64',
)

describe('readCertificate', () => {
  test('says who, by whom and until when', () => {
    expect(readCertificate(der)).toEqual({
      sha256: createHash('sha256').update(der).digest('hex'),
      subject: 'O=Acme, CN=Line 1',
      issuer: 'O=Acme, CN=Line 1',
      notAfter: '2126-10-28T12:28:38.000Z',
      selfSigned: true,
      uri: 'urn:acme:line1',
    })
  })

  test('reads the leaf of a chain', () => {
    const chain = Buffer.concat([der, der])
    expect(readCertificate(chain)).toEqual(readCertificate(der))
  })

  test('every prefix is none', () => {
    for (let end = 0; end < der.length; end++) {
      expect(readCertificate(der.subarray(0, end))).toBeUndefined()
    }
  })

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(der.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const bytes = Uint8Array.from(der)
          for (const [at, value] of changes) bytes[at] = value
          const read = readCertificate(bytes)
          expect(read === undefined || read.sha256.length === 64).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })
})
