import { computed, onScopeDispose, shallowRef } from 'vue'
import { BYTES_MAX } from './proof/container'
import { emptyReport, type Report } from './proof/report'
import type { Order, Word } from './worker'

export type Check =
  | { at: 'nothing' }
  | { at: 'running'; file: File; share: number | null }
  | { at: 'done'; file: File; report: Report }
  | { at: 'unreadable' | 'pdf'; file: File }

/** One check at a time; a later one takes the earlier one's place. The worker is there from the start, so that a check needs no network. */
export function useCheck() {
  const check = shallowRef<Check>({ at: 'nothing' })
  let worker = hired()

  function hired(): Worker {
    const one = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    one.onmessage = ({ data }: MessageEvent<Word>) => {
      if (check.value.at !== 'running') return
      const { file } = check.value
      if (data.is === 'checking') check.value = { at: 'running', file, share: data.share }
      else if (data.is !== 'done') check.value = { at: data.is, file }
      else check.value = { at: 'done', file, report: data.report }
    }
    one.onerror = () => {
      if (check.value.at === 'running') check.value = { at: 'unreadable', file: check.value.file }
    }
    return one
  }

  function forget() {
    if (check.value.at === 'running') {
      worker.terminate()
      worker = hired()
    }
    check.value = { at: 'nothing' }
  }

  function run(file: File, trust: string) {
    forget()
    if (file.size > BYTES_MAX) {
      // Not worth the memory to read.
      check.value = { at: 'done', file, report: { ...emptyReport(), failures: [{ part: 'container', code: 'bundle_too_large' }] } }
      return
    }
    check.value = { at: 'running', file, share: null }
    const order: Order = { file, trust }
    worker.postMessage(order)
  }

  onScopeDispose(() => worker.terminate())
  return { check: computed(() => check.value), run, forget }
}
