/** A refusal with the wire shape of the server's errors. */
export class Refusal extends Error {
  constructor(status, code, zh, en, retryAfterMs = null) {
    super(code)
    this.status = status
    this.body = { error: { code, message: { zh, en }, request_id: 'req_mock', fields: [], retry_after_ms: retryAfterMs } }
  }
}
