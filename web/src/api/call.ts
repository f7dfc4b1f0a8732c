import { api, query } from './client'
import type { paths } from './schema'

/**
 * Calls by the server's own description: a path as it is written there, its variables, query and body, and the answer's type.
 * A path, a field or a value that the server doesn't know is an error of the type check.
 */

type Method = 'get' | 'post' | 'put' | 'delete'
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths]
type Operation<M extends Method, P extends keyof paths> = paths[P][M]

/** What may be left out as a whole when nothing in it is required. */
type Part<Name extends string, V> = [V] extends [never] ? unknown : V extends Record<string, never> ? { [N in Name]?: V } : Partial<V> extends V ? { [N in Name]?: V } : { [N in Name]: V }
type Variables<O> = O extends { parameters: { path: infer V } } ? Part<'path', V> : unknown
type Query<O> = O extends { parameters: { query?: infer V } } ? Part<'query', Blank<NonNullable<V>>> : unknown
type Sent<O> = O extends { requestBody: { content: { 'application/json': infer V } } } ? Part<'body', V> : unknown
type Options<O> = Variables<O> & Query<O> & Sent<O>
type Rest<O> = Partial<Options<O>> extends Options<O> ? [options?: Options<O>] : [options: Options<O>]

/** An empty choice of a filter is left out of the address. */
type Blank<Q> = { [K in keyof Q]: Q[K] | '' | null }

type Ok = 200 | 201
type Json<R> = R extends { content: { 'application/json': infer V } } ? V : null
type Answer<O> = O extends { responses: infer R } ? (keyof R & Ok extends never ? null : { [S in keyof R & Ok]: Json<R[S]> }[keyof R & Ok]) : never

interface Loose {
  path?: Record<string, string | number>
  query?: Record<string, string | number | null>
  body?: unknown
}

/** Calls one operation; a refusal is thrown as `ApiError`, as everywhere. */
export function call<M extends Method, P extends PathOf<M>>(method: M, path: P, ...rest: Rest<Operation<M, P>>): Promise<Answer<Operation<M, P>>> {
  const options = (rest[0] ?? {}) as Loose
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(options.path?.[name] ?? '')))
  const address = filled + query(options.query ?? {})
  switch (method) {
    case 'get':
      return api.get(address)
    case 'delete':
      return api.delete(address)
    case 'put':
      return api.put(address, options.body)
    default:
      return api.post(address, options.body)
  }
}
