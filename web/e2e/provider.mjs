/** A real OpenID provider for one client, on this machine; whoever names themselves is believed. */
import { Provider } from 'oidc-provider'

/** Serves until `close`. */
export async function serve(redirectUri) {
  const client = { client_id: 'xiaobao', client_secret: 'a-secret-between-the-two', redirect_uris: [redirectUri] }
  const port = 20_000 + (process.pid % 20_000)
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: `p-${id}`, preferred_username: id }) }),
    pkce: { required: () => true },
    cookies: { keys: ['only-for-this-test'] },
  })
  const server = await new Promise((done) => {
    const listening = provider.listen(port, '127.0.0.1', () => done(listening))
  })
  return { issuer, client, close: () => server.close() }
}
