import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'
import type { RecordingDefinition, ScriptNode } from '../../api/product'

const server = { version: 1, sent: [] as { path: string; body: unknown }[] }
const node = (code: string, kind: ScriptNode['kind'] = 'answer'): ScriptNode => ({ code, kind, spoken: { zh: code, en: code }, expects: kind === 'told' ? undefined : ['是的'], on_wrong: 'again', answer_seconds: 8, tries_max: 3 })
const recording: RecordingDefinition = { basis: 'policy', when: { always: true, elders: true }, reviewed_percent: { standard: 10, elder: 100 }, script: [node('a'), node('b', 'told')] }

vi.mock('../../api/call', () => ({
  call: (method: string, path: string, { body }: { body?: unknown }) => {
    server.sent.push({ path, body })
    if (path.endsWith('/preview')) return Promise.resolve({ mistakes: [{ path: 'recording.script.0.code', code: 'x', message: { zh: '错', en: 'wrong' } }], why: { zh: '', en: '' }, nodes: [] })
    if (method === 'post') return Promise.resolve({ version: server.version + 1, digest: '' })
    return Promise.resolve({ name: { zh: '', en: '' }, code: 'p', version: server.version, state: 'released', recording, kinds: [{ kind: 'answer', asks: true }, { kind: 'told', asks: false }], figures: [], limits: {} })
  },
}))
const { useScript } = await import('./useScript')
const opened = async () => {
  const script = effectScope().run(() => useScript('prd_1'))!
  await script.load()
  await nextTick()
  return script
}

beforeEach(() => {
  sessionStorage.clear()
  server.version = 1
  server.sent = []
})

describe('a script that is edited', () => {
  it('is as it came until something changes, and is kept over a reload', async () => {
    const first = await opened()
    expect(first.dirty.value).toBe(false)
    first.rows.value[0]!.node.answer_seconds = 12
    await nextTick()
    expect(first.dirty.value).toBe(true)
    const again = await opened()
    expect([again.restored.value, again.dirty.value, again.rows.value[0]!.node.answer_seconds]).toEqual([true, true, 12])
    again.drop()
    await nextTick()
    expect(again.dirty.value).toBe(false)
    expect((await opened()).restored.value).toBe(false)
  })

  it('knows that somebody proposed another version meanwhile', async () => {
    const first = await opened()
    first.rows.value.reverse()
    await nextTick()
    server.version = 2
    const again = await opened()
    expect([again.behind.value, again.base.value]).toEqual([true, 1])
    again.ontoNewest()
    expect([again.behind.value, again.base.value, again.rows.value[0]!.node.code]).toEqual([false, 2, 'b'])
    await again.propose()
    expect(server.sent.at(-1)).toMatchObject({ path: '/api/console/products/{id}/recording', body: { base: 2 } })
    expect(sessionStorage.length).toBe(0)
  })

  it('hears of its mistakes by field, and keeps phrases of a node that asks nothing for a while', async () => {
    const script = await opened()
    await vi.waitFor(() => expect(script.mistakes.value.get('recording.script.0.code')).toHaveLength(1))
    const [row] = script.rows.value
    script.choose(row!, 'told')
    expect(row!.node.expects).toEqual([])
    script.choose(row!, 'answer')
    expect(row!.node.expects).toEqual(['是的'])
  })
})
