import { afterEach, describe, expect, it, vi } from 'vitest'
import { api, ApiError, query } from './client'

afterEach(() => vi.unstubAllGlobals())

function answer(status: number, body: string) {
  const fetch = vi.fn(async () => new Response(body, { status }))
  vi.stubGlobal('fetch', fetch)
  return fetch
}

const refusal = JSON.stringify({
  error: { code: 'sheet_reading_time', message: { zh: '早', en: 'early' }, request_id: 'req_1', fields: [], retry_after_ms: 1200 },
})

describe('api', () => {
  it('marks writes and sends JSON, even without a body', async () => {
    const fetch = answer(200, '{"ok":true}')
    expect(await api.post('/api/h5/person')).toEqual({ ok: true })
    const [, init] = fetch.mock.calls[0] as unknown as [string, RequestInit]
    expect(init.headers).toMatchObject({ 'x-xiaobao': '1', 'content-type': 'application/json' })
    expect(init.body).toBe('{}')
  })

  it('turns a refusal into code, words and time to wait', async () => {
    answer(409, refusal)
    const error = await api.post('/x').catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 409, code: 'sheet_reading_time', requestId: 'req_1', retryAfterMs: 1200, offline: false })
  })

  it('knows a request that never arrived from one that was refused', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('failed'))))
    await expect(api.get('/x')).rejects.toMatchObject({ code: 'network', offline: true })
  })

  it.each([[502, '<html>bad gateway</html>'], [500, '{"oops":1}'], [200, 'not json']])('says so when %i answers %s', async (status, body) => {
    answer(status, body)
    await expect(api.get('/x')).rejects.toMatchObject({ code: 'unreadable', status })
  })
})

it('leaves empty values out of a query and escapes the rest', () => {
  expect(query({ q: 'a b', state: '', after: null, limit: 50 })).toBe('?q=a+b&limit=50')
  expect(query({})).toBe('')
})
