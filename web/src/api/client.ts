import type { ErrorBody, Text } from './wire'

const OFFLINE: Text = {
  zh: '没有连上网络，连上后会自动重试。',
  en: 'No connection. This is tried again once you are back online.',
}
const UNREADABLE: Text = {
  zh: '服务器的回答看不懂。什么都没有丢，请稍后再试。',
  en: 'The server’s answer could not be read. Nothing is lost; please try again shortly.',
}

/** Every failed call ends as this: a stable `code`, words for people, and when to try again. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Text,
    readonly requestId: string | null = null,
    readonly retryAfterMs: number | null = null,
    /** What is wrong with single fields, each once. */
    readonly fields: Text[] = [],
  ) {
    super(code)
  }

  /** True when the request never reached a server, so trying again is safe and useful. */
  get offline(): boolean {
    return this.code === 'network'
  }
}

export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause
  return new ApiError(0, 'network', OFFLINE)
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false
  const error = (body as { error: unknown }).error
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}

/** Asks the person who they are once more; answers whether they proved it. */
let prove: (() => Promise<boolean>) | null = null

/** From now on a call that the server answers with `proof_needed` asks by this, and is made again once. */
export function proveBy(ask: () => Promise<boolean>) {
  prove = ask
}

async function send(method: string, path: string, body: BodyInit | null, type: string, more: Sent = {}): Promise<Response> {
  const response = await ask(method, path, body, type, more)
  if (response.status !== 403 || prove === null) return response
  const told: unknown = await response.clone().json().catch(() => null)
  if (!isErrorBody(told) || told.error.code !== 'proof_needed' || !(await prove())) return response
  return ask(method, path, body, type, more)
}

interface Sent {
  headers?: Record<string, string>
  /** Ends a request that takes too long. */
  signal?: AbortSignal
}

async function ask(method: string, path: string, body: BodyInit | null, type: string, { headers: more, signal }: Sent): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...more }
  if (method !== 'GET') {
    // The server refuses browser writes without this header: another site cannot set it.
    headers['x-xiaobao'] = '1'
    headers['content-type'] = type
  }
  try {
    return await fetch(path, { method, headers, credentials: 'same-origin', cache: 'no-store', body, ...(signal ? { signal } : {}) })
  } catch {
    throw new ApiError(0, 'network', OFFLINE)
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const json = method === 'GET' ? null : JSON.stringify(body ?? {})
  return read<T>(await send(method, path, json, 'application/json'))
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text().catch(() => '')
  let parsed: unknown = null
  try {
    parsed = text === '' ? null : JSON.parse(text)
  } catch {
    throw new ApiError(response.status, 'unreadable', UNREADABLE)
  }
  if (response.ok) return parsed as T
  if (!isErrorBody(parsed)) throw new ApiError(response.status, 'unreadable', UNREADABLE)
  const { code, message, request_id, retry_after_ms, fields } = parsed.error
  const wrong = new Map((fields ?? []).map((field) => [field.message.zh, field.message]))
  throw new ApiError(response.status, code, message, request_id, retry_after_ms ?? null, [...wrong.values()])
}

export const api = {
  get: <T>(path: string) => call<T>('GET', path),
  post: <T>(path: string, body?: unknown) => call<T>('POST', path, body),
  put: <T>(path: string, body: unknown) => call<T>('PUT', path, body),
  delete: <T>(path: string) => call<T>('DELETE', path),
  /** Hands in one file as it is. */
  upload: async <T>(path: string, file: File, method: 'POST' | 'PUT' = 'POST') => read<T>(await send(method, path, file, file.type || 'application/octet-stream')),
  /** Hands in one part of something larger, and gives up on a line that has died. */
  async part<T>(path: string, bytes: ArrayBuffer, headers: Record<string, string>, withinMs: number): Promise<T> {
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(), withinMs)
    try {
      return await read<T>(await send('PUT', path, bytes, 'application/octet-stream', { headers, signal: giveUp.signal }))
    } finally {
      clearTimeout(timer)
    }
  },
  /** A file that may simply be read. */
  async file(path: string): Promise<Blob> {
    const response = await send('GET', path, null, 'application/json')
    return response.ok ? response.blob() : read<Blob>(response)
  },
  /** A file whose opening the server writes down. */
  async open(path: string): Promise<Blob> {
    const response = await send('POST', path, '{}', 'application/json')
    return response.ok ? response.blob() : read<Blob>(response)
  },
}

/** Builds `?a=1&b=2`, leaving out empty values. */
export function query(values: Record<string, string | number | null | undefined>): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') params.set(key, String(value))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
