import type { IncomingMessage, ServerResponse } from 'node:http'

export function createMock(options?: { readingMs?: number }): (req: IncomingMessage, res: ServerResponse) => Promise<void>
