import { Refusal } from './refusal.mjs'
import { customerRoutes } from './customer.mjs'
import { staffRoutes } from './staff.mjs'
import { createWorld } from './world.mjs'
import { backfill } from './facts.mjs'

async function bodyOf(req) {
  let text = ''
  for await (const chunk of req) text += chunk
  return text ? JSON.parse(text) : {}
}

/** A request handler with its own invented world; development only. */
export function createMock(options = {}) {
  const world = createWorld()
  world.readingMs = options.readingMs ?? (process.env.MOCK_READING_MS ? Number(process.env.MOCK_READING_MS) : null)
  backfill(world)
  const routes = [...customerRoutes(world), ...staffRoutes(world)]
  return async function handle(req, res) {
    const url = new URL(req.url, 'http://mock')
    const cookies = Object.fromEntries((req.headers.cookie ?? '').split('; ').map((c) => c.split('=')))
    try {
      for (const [method, pattern, run] of routes) {
        const match = method === req.method && pattern.exec(url.pathname)
        if (!match) continue
        if (method !== 'GET' && req.headers['x-xiaobao'] !== '1') throw new Refusal(403, 'csrf', '请求来源不明', 'The request’s origin is unclear')
        const reply = await run({ args: match.slice(1), body: method === 'GET' ? {} : await bodyOf(req), query: url.searchParams, cookies, res })
        if (reply instanceof Buffer) return res.end(reply)
        res.setHeader('content-type', 'application/json')
        return res.end(JSON.stringify(reply))
      }
      throw new Refusal(404, 'not_found', '没有找到', 'Not found')
    } catch (cause) {
      const refusal = cause instanceof Refusal ? cause : new Refusal(500, 'internal', '出错了', `Failed: ${cause.stack}`)
      res.statusCode = refusal.status
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(refusal.body))
    }
  }
}
