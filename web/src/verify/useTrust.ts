import { computed, ref, shallowRef } from 'vue'
import type { Key } from './proof/note'
import { parseTrust } from './proof/signers'

export type Source = 'site' | 'person'
export interface Anchor {
  key: Key
  from: Source
}

const CODE = /^[A-Za-z0-9_-]{1,64}$/
/** A key is one short line; more is no key. */
const TEXT_MAX = 65_536

/** The institution's code, which ends the name of its log. */
export function codeOf(origin: string): string | null {
  const code = origin.slice(origin.lastIndexOf('/') + 1)
  return CODE.test(code) ? code : null
}

/** The keys that the person trusts, and where each came from. Nothing is kept when the page closes. */
export function useTrust() {
  const anchors = shallowRef<Anchor[]>([])
  const problem = ref<'bad' | 'empty' | 'absent' | null>(null)
  const asking = ref(false)

  function add(text: string, from: Source = 'person'): boolean {
    const { keys, bad } = parseTrust(text.slice(0, TEXT_MAX))
    problem.value = bad !== null ? 'bad' : keys.length === 0 ? 'empty' : null
    if (problem.value !== null) return false
    const fresh = keys.filter((key) => anchors.value.every((one) => one.key.text !== key.text))
    anchors.value = [...anchors.value, ...fresh.map((key) => ({ key, from }))]
    return true
  }

  function remove(key: Key) {
    anchors.value = anchors.value.filter((one) => one.key.text !== key.text)
  }

  /** Takes the key that this site publishes for an institution. Only the institution's code is sent. */
  async function ask(code: string): Promise<boolean> {
    if (!CODE.test(code) || asking.value) return false
    asking.value = true
    problem.value = null
    try {
      const response = await fetch(`/log/${code}/vkey`, { credentials: 'omit', referrerPolicy: 'no-referrer' })
      if (response.ok) return add(await response.text(), 'site')
      problem.value = 'absent'
    } catch {
      problem.value = 'absent'
    } finally {
      asking.value = false
    }
    return false
  }

  const text = computed(() => anchors.value.map(({ key }) => key.text).join('\n'))
  return { anchors: computed(() => anchors.value), problem, asking, text, add, remove, ask }
}
