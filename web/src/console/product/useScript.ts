import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { call } from '../../api/call'
import { asApiError, type ApiError } from '../../api/client'
import type { ErrorField, NodeKind, RecordingDefinition, ScriptNode, ScriptPreview, ScriptView } from '../../api/product'

/** One node being edited; what a node that asks nothing may not name is kept beside it until it is needed again. */
export interface Row {
  key: number
  node: ScriptNode
  beside: { expects: string[]; against: string[] } | null
}

/** What is kept of unsaved work, in this tab alone. */
interface Kept {
  base: number
  recording: RecordingDefinition
}

const KEY = (product: string) => `xiaobao.script.${product}`
const LOOK_AFTER_MS = 400

function kept(product: string): Kept | null {
  try {
    const text = sessionStorage.getItem(KEY(product))
    return text === null ? null : (JSON.parse(text) as Kept)
  } catch {
    return null
  }
}

function keep(product: string, work: Kept | null) {
  try {
    if (work === null) sessionStorage.removeItem(KEY(product))
    else sessionStorage.setItem(KEY(product), JSON.stringify(work))
  } catch {
    // Storage is off: the work lasts as long as the page does.
  }
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/** A product's script while it is edited: its rows, what the server says of it, and where the work began. */
export function useScript(product: string) {
  const view = shallowRef<ScriptView | null>(null)
  const terms = ref<Omit<RecordingDefinition, 'script'> | null>(null)
  const rows = ref<Row[]>([])
  const base = ref(0)
  const restored = ref(false)
  const preview = shallowRef<ScriptPreview | null>(null)
  const trouble = shallowRef<ApiError | null>(null)
  const looking = ref(false)
  let keys = 0
  let round = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const row = (node: ScriptNode): Row => ({ key: ++keys, node: { ...copy(node), expects: [...(node.expects ?? [])], against: [...(node.against ?? [])] }, beside: null })
  const recording = computed<RecordingDefinition | null>(() => (terms.value === null ? null : { ...terms.value, script: rows.value.map((one) => one.node) }))
  const from = computed(() => (view.value?.recording ? normal(view.value.recording) : null))
  const dirty = computed(() => recording.value !== null && JSON.stringify(recording.value) !== JSON.stringify(from.value))
  /** Somebody proposed a newer version than the one this work began with. */
  const behind = computed(() => view.value !== null && base.value !== view.value.version)
  const mistakes = computed(() => {
    const found = new Map<string, ErrorField[]>()
    for (const one of preview.value?.mistakes ?? []) found.set(one.path, [...(found.get(one.path) ?? []), one])
    return found
  })

  /** The same with every list there, so that equal scripts are equal texts. */
  function normal(one: RecordingDefinition): RecordingDefinition {
    const { script, ...rest } = copy(one)
    return { ...rest, script: script.map((node) => row(node).node) }
  }

  function take(work: RecordingDefinition | null) {
    if (work === null) {
      terms.value = null
      rows.value = []
      return
    }
    const { script, ...rest } = copy(work)
    terms.value = rest
    rows.value = script.map(row)
  }

  /** Begins with the newest version, or goes on with what this tab still holds. */
  async function load() {
    const newest = await call('get', '/api/console/products/{id}/recording', { path: { id: product } })
    const work = view.value === null ? kept(product) : null
    view.value = newest
    if (work !== null) {
      take(work.recording)
      base.value = work.base
      restored.value = true
    } else if (rows.value.length === 0) {
      take(newest.recording ?? null)
      base.value = newest.version
    }
  }

  const asks = (kind: NodeKind) => view.value?.kinds.find((one) => one.kind === kind)?.asks ?? false

  /** Another kind; phrases that it can't name are kept until the node asks again. */
  function choose(one: Row, kind: NodeKind) {
    const { node } = one
    if (asks(node.kind) && !asks(kind)) {
      one.beside = { expects: node.expects ?? [], against: node.against ?? [] }
      Object.assign(node, { expects: [], against: [] })
    } else if (!asks(node.kind) && asks(kind) && one.beside !== null) {
      Object.assign(node, one.beside)
      one.beside = null
    }
    node.kind = kind
  }

  function drop() {
    keep(product, null)
    restored.value = false
    take(view.value?.recording ?? null)
    base.value = view.value?.version ?? 0
  }

  /** The work counts as one on the newest version; whoever approves sees everything that differs. */
  function ontoNewest() {
    base.value = view.value?.version ?? 0
  }

  async function look() {
    const draft = recording.value
    const mine = ++round
    if (draft === null || view.value === null) return
    looking.value = true
    try {
      const found = await call('post', '/api/console/products/{id}/recording/preview', { path: { id: product }, body: draft })
      if (mine !== round) return
      preview.value = found
      trouble.value = null
    } catch (cause) {
      if (mine === round) trouble.value = asApiError(cause)
    } finally {
      if (mine === round) looking.value = false
    }
  }

  watch([recording, base], ([draft]) => {
    if (view.value === null) return
    keep(product, draft !== null && dirty.value ? { base: base.value, recording: draft } : null)
    clearTimeout(timer)
    looking.value = true
    timer = setTimeout(() => void look(), preview.value === null ? 0 : LOOK_AFTER_MS)
  }, { deep: true })
  onScopeDispose(() => {
    clearTimeout(timer)
    round += 1
  })

  async function propose() {
    const draft = recording.value
    if (draft === null) return
    await call('post', '/api/console/products/{id}/recording', { path: { id: product }, body: { base: base.value, recording: draft } })
    keep(product, null)
  }

  return { view, terms, rows, base, behind, dirty, restored, recording, preview, mistakes, trouble, looking, row, load, take, choose, drop, ontoNewest, propose }
}

export type Script = ReturnType<typeof useScript>
