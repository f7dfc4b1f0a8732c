import { computed, ref } from 'vue'
import { ApiError } from '../../api/client'
import { useCountdown } from '../../shared/useCountdown'
import { useTask } from '../../shared/useTask'
import { useJourney } from '../journey/useJourney'

/**
 * The reading of the sheet: the server holds the time, this only shows it.
 * Done needs both: the server's time over and the end of the sheet seen.
 */
export function useReading() {
  const { journey, onSheet } = useJourney()
  const clock = useCountdown()
  const showing = useTask()
  const finishing = useTask()
  const atEnd = ref(false)
  const started = ref(false)

  function follow() {
    const reading = journey.value?.sheet?.reading
    if (reading === undefined) return
    clock.start(reading.remaining_ms, reading.min_ms)
    started.value = true
  }

  /** Tells the server that the sheet is on the screen; only then does its clock start. */
  function shown() {
    return showing.run(async () => {
      await onSheet('shown')
      follow()
    })
  }

  /** Tells the server that the end was reached; `lead` goes on once it agrees. */
  function finish(lead: () => void) {
    return finishing.run(async () => {
      try {
        await onSheet('read')
        lead()
      } catch (cause) {
        if (!(cause instanceof ApiError) || cause.code !== 'sheet_reading_time' || cause.retryAfterMs === null) throw cause
        // Our clock ran ahead of the server's: show what is really left.
        const reading = journey.value?.sheet?.reading
        clock.start(cause.retryAfterMs, reading?.min_ms ?? cause.retryAfterMs)
      }
    })
  }

  const ready = computed(() => started.value && !clock.running.value && atEnd.value)
  return { clock, atEnd, started, ready, showing, finishing, shown, finish }
}
