import { onScopeDispose, ref, watch, type Ref } from 'vue'

const EVERY_MS = 100
/** Mean brightness of the middle of the picture, of 255. */
const DARK = 50
const BRIGHT = 215
/** Root mean square of what the microphone gives when somebody speaks near it. */
const HEARD = 0.02

export function lightOf(pixels: ArrayLike<number>): 'dark' | 'bright' | 'ok' {
  let sum = 0
  for (let at = 0; at < pixels.length; at += 4) sum += 0.2126 * (pixels[at] ?? 0) + 0.7152 * (pixels[at + 1] ?? 0) + 0.0722 * (pixels[at + 2] ?? 0)
  const mean = sum / (pixels.length / 4)
  return mean < DARK ? 'dark' : mean > BRIGHT ? 'bright' : 'ok'
}

export function loudness(samples: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < samples.length; at += 1) sum += (samples[at] ?? 0) ** 2
  return Math.sqrt(sum / samples.length)
}

/** How loud it is and how light, measured on the phone; nothing of it is sent. */
export function useMeter(stream: Ref<MediaStream | null>, picture: Ref<HTMLVideoElement | null>) {
  const level = ref(0)
  const heard = ref(false)
  const light = ref<'dark' | 'bright' | 'ok' | null>(null)
  let timer: ReturnType<typeof setInterval> | undefined
  let sound: AudioContext | null = null

  function stop() {
    clearInterval(timer)
    void sound?.close().catch(() => undefined)
    sound = null
    level.value = 0
  }

  function start(film: MediaStream) {
    stop()
    sound = new AudioContext()
    const ear = sound.createAnalyser()
    ear.fftSize = 1024
    sound.createMediaStreamSource(film).connect(ear)
    const samples = new Float32Array(ear.fftSize)
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 24
    const paper = canvas.getContext('2d', { willReadFrequently: true })
    let turn = 0
    timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples)
      const loud = loudness(samples)
      level.value = Math.min(1, loud * 8)
      heard.value ||= loud > HEARD
      turn += 1
      if (turn % 5 !== 0 || !picture.value?.videoWidth || !paper) return
      const { videoWidth: width, videoHeight: height } = picture.value
      paper.drawImage(picture.value, width / 4, height / 6, width / 2, height * 2 / 3, 0, 0, 24, 24)
      light.value = lightOf(paper.getImageData(0, 0, 24, 24).data)
    }, EVERY_MS)
  }

  watch(stream, (film) => {
    if (film === null) stop()
    else start(film)
  }, { immediate: true })
  onScopeDispose(stop)
  return { level, heard, light }
}
