/** Passkeys in the browser: the server's words with bytes in base64url, and back. */

type Json = { [name: string]: unknown }

/** What passes between server and browser without our looking into it. */
type Sealed = Record<string, never>

const bytes = (text: unknown) => Uint8Array.from(atob(String(text).replaceAll('-', '+').replaceAll('_', '/')), (sign) => sign.charCodeAt(0))

function text(buffer: ArrayBuffer | null): string | null {
  if (buffer === null) return null
  const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(signs).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const named = (list: unknown) => (Array.isArray(list) ? list.map((one: Json) => ({ ...one, id: bytes(one.id) })) : undefined)

/** Browsers have passkeys at names that are safe to trust, never at bare addresses. */
export function hasPasskeys(): boolean {
  return 'PublicKeyCredential' in window && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname)
}

/** Set when the person closed the browser's window, or let it wait too long. */
export class NotGiven extends Error {}

async function credential(asked: Promise<Credential | null>): Promise<PublicKeyCredential> {
  const given = await asked.catch(() => null)
  if (!(given instanceof PublicKeyCredential)) throw new NotGiven()
  return given
}

/** Has the browser make a passkey; answers it as the server reads it. */
export async function make(options: Sealed): Promise<Sealed> {
  const asked = (options as Json).publicKey as Json
  const user = asked.user as Json
  const publicKey = { ...asked, challenge: bytes(asked.challenge), user: { ...user, id: bytes(user.id) }, excludeCredentials: named(asked.excludeCredentials) }
  const made = await credential(navigator.credentials.create({ publicKey: publicKey as unknown as PublicKeyCredentialCreationOptions }))
  const { attestationObject, clientDataJSON } = made.response as AuthenticatorAttestationResponse
  const response = { attestationObject: text(attestationObject), clientDataJSON: text(clientDataJSON) }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response } as unknown as Sealed
}

/** Has the browser sign with a passkey; answers that as the server reads it. */
export async function sign(options: Sealed): Promise<Sealed> {
  const asked = (options as Json).publicKey as Json
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) }
  const given = await credential(navigator.credentials.get({ publicKey: publicKey as unknown as PublicKeyCredentialRequestOptions }))
  const { authenticatorData, clientDataJSON, signature, userHandle } = given.response as AuthenticatorAssertionResponse
  const response = { authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature), userHandle: text(userHandle) }
  return { id: given.id, rawId: text(given.rawId), type: given.type, response } as unknown as Sealed
}
