import { computed, onScopeDispose, ref } from 'vue'

/** Counts down on the monotonic clock, so a changed wall clock neither shortens nor stretches it. */
export function useCountdown() {
  const total = ref(0)
  const left = ref(0)
  let endsAt = 0
  let timer: ReturnType<typeof setInterval> | null = null

  function stop() {
    if (timer !== null) clearInterval(timer)
    timer = null
  }

  function tick() {
    left.value = Math.max(0, endsAt - performance.now())
    if (left.value === 0) stop()
  }

  /** Starts with `remainingMs` of `totalMs` to go; the ring shows their ratio. */
  function start(remainingMs: number, totalMs = remainingMs) {
    stop()
    total.value = Math.max(totalMs, remainingMs)
    endsAt = performance.now() + remainingMs
    tick()
    if (left.value > 0) timer = setInterval(tick, 200)
  }

  onScopeDispose(stop)
  const running = computed(() => left.value > 0)
  const seconds = computed(() => Math.ceil(left.value / 1000))
  const share = computed(() => (total.value === 0 ? 0 : left.value / total.value))
  return { start, stop, running, seconds, share }
}
