/** Serves the built apps with the invented API, under the page policy the real server sends. */
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMock } from './mock/server.mjs'

const DIST = fileURLToPath(new URL('../dist/', import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' }
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const mock = createMock()
const port = Number(process.env.PORT ?? 8421)

createServer(async (req, res) => {
  const path = decodeURIComponent(new URL(req.url, 'http://mock').pathname)
  if (path.startsWith('/api/')) return void mock(req, res)
  res.setHeader('content-security-policy', POLICY)
  const app = path.startsWith('/console') ? 'console' : 'h5'
  const file = extname(path) ? join(DIST, normalize(path)) : join(DIST, app, 'index.html')
  try {
    const body = await readFile(file)
    res.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
    res.end(body)
  } catch {
    res.writeHead(404).end('not found')
  }
}).listen(port, '127.0.0.1', () => console.log(`mock: http://127.0.0.1:${port}/h5/#/j/zhou and /console/`))
