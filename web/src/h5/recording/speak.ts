import { computed, onScopeDispose, ref, watch } from 'vue'
import { useReadAloud, type Passage } from '../disclosure/useReadAloud'

/** A voice that never says it has ended is not waited for longer than anyone would speak. */
const longest = (text: string) => 4_000 + text.length * 450
/** A sound that hasn't come by then is not waited for: the phone's own voice speaks. */
const COMES_WITHIN_MS = 2_500
/** Longer than the server keeps any recording. */
const SOUND_MAX_MS = 65_000
/** A loudspeaker is late, and the server listens from half a second before an answer: what was said is no part of it. */
const BREATH_MS = 600
/** Sounds that are kept for when a question comes once more. */
const KEPT_MAX = 24

/** Says one thing after the other: by a sound of the server's where there is one, else with the phone's own voice; the microphone goes on recording meanwhile. */
export function useSpeaker() {
  let passages: Passage[] = []
  let finish: (() => void) | null = null
  let round = 0
  const aloud = useReadAloud(() => passages)
  const playing = ref(false)
  const player = typeof Audio === 'undefined' ? null : new Audio()
  const sounds = new Map<string, Promise<Blob | null>>()

  /** Begins to fetch a sound before it is its turn. */
  function prepare(digest: string | undefined): Promise<Blob | null> {
    if (digest === undefined || player === null) return Promise.resolve(null)
    const known = sounds.get(digest)
    if (known) return known
    const sound = fetch(`/api/h5/recording/voices/${encodeURIComponent(digest)}`, { credentials: 'same-origin' })
      .then((response) => (response.ok ? response.blob() : null))
      .catch(() => null)
    sounds.set(digest, sound)
    for (const first of sounds.keys()) {
      if (sounds.size <= KEPT_MAX) break
      sounds.delete(first)
    }
    // What could not be had is asked for anew the next time.
    void sound.then((found) => {
      if (found === null) sounds.delete(digest)
    })
    return sound
  }

  function hush() {
    round += 1
    if (aloud.speaking.value) aloud.toggle()
    finish?.()
    playing.value = false
  }

  /** What comes of it, unless that takes too long or another thing comes first. */
  function waited<T>(work: Promise<T>, ms: number): Promise<T | null> {
    return new Promise((resolve) => {
      const over = (found: T | null) => {
        clearTimeout(timer)
        if (finish === stop) finish = null
        resolve(found)
      }
      const stop = () => over(null)
      finish = stop
      const timer = setTimeout(stop, ms)
      void work.then(over, stop)
    })
  }

  /** Resolves once it is said and the loudspeaker is still, or was interrupted; with `false` where nothing can say it. */
  async function say(text: string, digest?: string): Promise<boolean> {
    hush()
    const mine = round
    if ((player === null || digest === undefined) && !aloud.able.value) return false
    playing.value = true
    try {
      const said = (await played(text, digest, mine)) || (mine === round && (await speak(text)))
      if (said && mine === round) await waited(new Promise(() => undefined), BREATH_MS)
      return said || mine !== round
    } finally {
      if (mine === round) playing.value = false
    }
  }

  /** Whether the server's sound was heard. */
  async function played(text: string, digest: string | undefined, mine: number): Promise<boolean> {
    if (digest === undefined || player === null) return false
    const sound = await waited(prepare(digest), COMES_WITHIN_MS)
    return sound !== null && mine === round && play(player, sound, Math.max(SOUND_MAX_MS, longest(text)))
  }

  /** Whether it could be played. */
  function play(player: HTMLAudioElement, sound: Blob, withinMs: number): Promise<boolean> {
    const address = URL.createObjectURL(sound)
    let open = true
    return new Promise((resolve) => {
      const over = (said: boolean) => {
        // The player may be another sound's by now.
        if (!open) return
        open = false
        clearTimeout(timer)
        player.onended = null
        player.onerror = null
        player.pause()
        URL.revokeObjectURL(address)
        if (finish === heard) finish = null
        resolve(said)
      }
      const heard = () => over(true)
      finish = heard
      const timer = setTimeout(heard, withinMs)
      player.onended = heard
      player.onerror = () => over(false)
      player.src = address
      // A browser may want a touch first; then it is read out or shown as before.
      player.play().catch(() => over(false))
    })
  }

  function speak(text: string): Promise<boolean> {
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

  onScopeDispose(() => {
    round += 1
    finish?.()
  })
  return { able: aloud.able, speaking: computed(() => playing.value || aloud.speaking.value), say, prepare, hush }
}

export type Speaker = ReturnType<typeof useSpeaker>
