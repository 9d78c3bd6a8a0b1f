/** Security policies (Part 7, 6.6; http://opcfoundation.org/UA/SecurityPolicy#…). */

/** Trailing symmetric signature of each chunk in bytes, by the last part of the policy's URI. */
const signatures: ReadonlyMap<string, number> = new Map([
  ['None', 0],
  // HMAC-SHA1.
  ['Basic128Rsa15', 20],
  ['Basic256', 20],
  // HMAC-SHA2-256.
  ['Basic256Sha256', 32],
  ['Aes128_Sha256_RsaOaep', 32],
  ['Aes256_Sha256_RsaPss', 32],
  ['ECC_nistP256', 32],
  ['ECC_brainpoolP256r1', 32],
  // HMAC-SHA2-384.
  ['ECC_nistP384', 48],
  ['ECC_brainpoolP384r1', 48],
  // Poly1305.
  ['ECC_curve25519', 16],
  ['ECC_curve448', 16],
])

/** Signature of a policy that is not in the table: that of all its contemporaries. */
const SIGNATURE_BYTES = 32

/** Longest name kept; the policy is part of the kind of every operation on the channel. */
const NAME_CHARS_MAX = 64

/** What follows the `#`; the whole, cut, where there is none. */
export function policyName(uri: string): string {
  const name = uri.slice(uri.lastIndexOf('#') + 1)
  return name.slice(0, NAME_CHARS_MAX)
}

export function signatureBytes(policy: string): number {
  return signatures.get(policy) ?? SIGNATURE_BYTES
}

export function isSignature(bytes: number): boolean {
  return bytes === 16 || bytes === 20 || bytes === 32 || bytes === 48
}
