import { onScopeDispose, watch } from 'vue'
import { useReadAloud, type Passage } from '../disclosure/useReadAloud'

/** A voice that never says it has ended is not waited for longer than anyone would speak. */
const longest = (text: string) => 4_000 + text.length * 450

/** Says one thing after the other with the phone's own voice; the microphone goes on recording meanwhile. */
export function useSpeaker() {
  let passages: Passage[] = []
  let finish: (() => void) | null = null
  const aloud = useReadAloud(() => passages)

  function hush() {
    if (aloud.speaking.value) aloud.toggle()
    finish?.()
  }

  /** Resolves once it is said, or was interrupted; at once with `false` where the phone has no voice. */
  function say(text: string): Promise<boolean> {
    hush()
    if (!aloud.able.value) return Promise.resolve(false)
    passages = [{ section: 'prompt', text }]
    aloud.toggle()
    return new Promise((resolve) => {
      const mine = () => {
        stop()
        clearTimeout(timer)
        if (finish === mine) finish = null
        resolve(true)
      }
      finish = mine
      const timer = setTimeout(hush, longest(text))
      const stop = watch(aloud.speaking, (speaking) => {
        if (!speaking) mine()
      }, { flush: 'sync' })
      if (!aloud.speaking.value) mine()
    })
  }

  onScopeDispose(() => finish?.())
  return { able: aloud.able, speaking: aloud.speaking, say, hush }
}

export type Speaker = ReturnType<typeof useSpeaker>
