import { afterEach, expect, it, vi } from 'vitest'
import { call } from './call'

afterEach(() => vi.unstubAllGlobals())

function sent() {
  const fetch = vi.fn(async () => new Response('{"rows":[],"next":null}', { status: 200 }))
  vi.stubGlobal('fetch', fetch)
  return () => (fetch.mock.calls[0] as unknown as [string, RequestInit])
}

it('fills and escapes the variables of a path and leaves empty filters out', async () => {
  const request = sent()
  const page = await call('get', '/api/console/webhooks/{id}/deliveries', { path: { id: 'a/b' }, query: { after: '', limit: 20 } })
  expect(request()[0]).toBe('/api/console/webhooks/a%2Fb/deliveries?limit=20')
  expect(page.rows).toEqual([])
})

it('sends the body of a write', async () => {
  const request = sent()
  await call('post', '/api/console/webhooks/{id}/rotate', { path: { id: 'whe_1' }, body: { grace_hours: 24 } })
  expect(request()[1]).toMatchObject({ method: 'POST', body: '{"grace_hours":24}' })
})

it('is held to the description by the type check', () => {
  const wrong = [
    // @ts-expect-error no such path
    () => call('get', '/api/console/nothing'),
    // @ts-expect-error the path has a variable
    () => call('get', '/api/console/journeys/{id}'),
    // @ts-expect-error no such method there
    () => call('delete', '/api/console/journeys/{id}', { path: { id: '1' } }),
    // @ts-expect-error another type
    () => call('post', '/api/console/webhooks/{id}/rotate', { path: { id: '1' }, body: { grace_hours: 'soon' } }),
  ]
  expect(wrong).toHaveLength(4)
})
