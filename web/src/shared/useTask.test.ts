import { effectScope } from 'vue'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { useTask } from './useTask'

const offline = new ApiError(0, 'network', { zh: '', en: '' })
const refused = new ApiError(409, 'sheet_changed', { zh: '', en: '' })

describe('useTask', () => {
  it('repeats by itself, once back online, what never reached the server', async () => {
    const scope = effectScope()
    const task = scope.run(() => useTask())
    let calls = 0
    await task?.run(async () => {
      calls += 1
      if (calls === 1) throw offline
    })
    expect(task?.error.value).toBe(offline)
    window.dispatchEvent(new Event('online'))
    await Promise.resolve()
    await Promise.resolve()
    expect(calls).toBe(2)
    expect(task?.error.value).toBeNull()
    scope.stop()
  })

  it('does not repeat what the server refused', async () => {
    const scope = effectScope()
    const task = scope.run(() => useTask())
    let calls = 0
    await task?.run(async () => {
      calls += 1
      throw refused
    })
    window.dispatchEvent(new Event('online'))
    expect([calls, task?.error.value?.code]).toEqual([1, 'sheet_changed'])
    scope.stop()
  })

  it('does one thing at a time', async () => {
    const scope = effectScope()
    const task = scope.run(() => useTask())
    let release = () => undefined as void
    const first = task?.run(() => new Promise<void>((done) => {
      release = done
    }))
    expect(await task?.run(async () => undefined)).toBe(false)
    release()
    expect(await first).toBe(true)
    scope.stop()
  })
})
