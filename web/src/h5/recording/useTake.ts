import { computed, nextTick, onScopeDispose, reactive, ref, watch, type Ref } from 'vue'
import { ApiError } from '../../api/client'
import { useCountdown } from '../../shared/useCountdown'
import { useLanguage } from '../../shared/i18n'
import { useTask } from '../../shared/useTask'
import { useComfort } from '../useComfort'
import type { Facing } from '../../recording/camera'
import type { Speaker } from './speak'
import type { RecordingRoom } from './useRecording'
import type { Studio } from './useStudio'
import type { Act, RecordingNode } from '../../api/recording'

/** One thing at a time is asked for: the words, the digits, or an act. */
export type Cue = { kind: 'words' | 'digits' } | { kind: 'act'; act: Act }
export type Phase = 'ready' | 'say' | 'answer' | 'sending'

/** Of the time for a challenge, what each act takes; the words get the rest, and never less than this. */
const ACT_MS = 4_000
const WORDS_MIN_MS = 3_000
/** Where no voice speaks, the words are read: by the character, and never hurried. */
const READ_MS = (text: string) => Math.max(3_000, text.length * 180)
/** Whoever reads large letters gets more time. */
const LARGE = 1.5

export function cuesOf(node: RecordingNode): Cue[] {
  if (node.kind !== 'challenge') return [{ kind: 'words' }]
  return [{ kind: 'digits' }, ...node.acts.map((act): Cue => ({ kind: 'act', act }))]
}

/** One question: said, answered within its time, handed in. */
export function useTake(node: Ref<RecordingNode>, room: RecordingRoom, studio: Studio, speaker: Speaker, writing: Ref<boolean>) {
  const { pick, locale } = useLanguage()
  const comfort = useComfort()
  /** Two tasks: the next question may be asked while the answer to this one is still being told. */
  const asking = useTask()
  const ending = useTask()
  const clock = useCountdown()
  const phase = ref<Phase>('ready')
  const step = ref(0)
  const written = ref('')
  const front = ref(false)
  let round = 0
  let asked: Promise<unknown> = Promise.resolve()

  const slow = () => (comfort.size() === 'large' ? LARGE : 1)
  const cues = computed(() => cuesOf(node.value))
  const cue = computed<Cue>(() => cues.value[step.value] ?? { kind: 'words' })
  /** This cue is answered in writing, so nothing hurries it. */
  const byHand = computed(() => writing.value && cue.value.kind !== 'act' && node.value.kind !== 'told' && node.value.kind !== 'card')
  /** A card is held before the camera at the back, where there is one and the person didn't choose otherwise. */
  const side = (): Facing => (node.value.kind === 'card' && studio.turns.value && !front.value ? 'environment' : 'user')

  function open() {
    const [segment, at] = [studio.segment.value, studio.mark()]
    if (segment === null || at === null) throw new Error('the recorder stopped')
    return room.open(node.value.no, segment, at)
  }

  const voiceOf = ({ voice }: RecordingNode) => (locale.value === 'en' ? voice.en : voice.zh)

  /** Says the words, or leaves time to read them. */
  async function tell(mine: number) {
    const { spoken } = node.value
    phase.value = 'say'
    if (await speaker.say(pick(spoken), voiceOf(node.value))) return
    if (mine !== round) return
    clock.start(READ_MS(pick(spoken)) * slow())
    await new Promise<void>((resolve) => {
      const stop = watch([clock.running, phase], () => {
        if (clock.running.value && phase.value === 'say') return
        stop()
        resolve()
      })
    })
  }

  /** Lets go of whatever was under way: another question took its place. */
  function drop() {
    round += 1
    clock.stop()
    speaker.hush()
    phase.value = 'ready'
  }

  function ask() {
    drop()
    const mine = round
    void speaker.prepare(voiceOf(node.value))
    asked = asked.then(() => (mine === round ? asking.run(() => questioned(mine)) : false))
  }

  async function questioned(mine: number) {
    step.value = 0
    written.value = ''
    try {
      await studio.turn(side())
      await studio.ease()
      // What is only told is held against the picture while it is said; an answer begins where the question ends.
      if (node.value.kind === 'told') await open()
      await tell(mine)
      if (mine !== round) return
      if (node.value.kind !== 'told') await open()
      if (mine !== round) return
      // What was drawn has to arrive first.
      await nextTick()
      phase.value = 'answer'
      startCue()
    } catch (cause) {
      await failed(mine, cause)
    }
  }

  async function failed(mine: number, cause: unknown): Promise<never> {
    const passing = !(cause instanceof ApiError) || cause.offline || cause.status >= 500
    if (mine === round && !passing) phase.value = 'ready'
    // It may be another question's turn by now.
    if (cause instanceof ApiError && cause.status === 409) await room.load()
    throw cause
  }

  function startCue() {
    const acts = cues.value.filter((one) => one.kind === 'act').length * ACT_MS
    const words = Math.max(WORDS_MIN_MS, node.value.answer_seconds * 1_000 - acts)
    // An act is shown and told to screen readers, but not spoken: the person's own voice is being learnt just then.
    if (byHand.value) clock.stop()
    else clock.start((cue.value.kind === 'act' ? ACT_MS : words) * slow())
  }

  function next() {
    if (phase.value !== 'answer') return
    if (step.value + 1 < cues.value.length) {
      step.value += 1
      startCue()
    } else end()
  }

  function end() {
    const [mine, { no }] = [round, node.value]
    clock.stop()
    speaker.hush()
    phase.value = 'sending'
    void ending.run(async () => {
      try {
        const at = await studio.handIn()
        if (mine !== round || at === null) return
        await room.end(no, at, writing.value && written.value.trim() !== '' ? written.value.trim() : null)
        if (mine === round) phase.value = 'ready'
      } catch (cause) {
        await failed(mine, cause)
      }
    })
  }

  watch(clock.running, (running) => {
    if (!running && phase.value === 'answer' && clock.share.value === 0 && !byHand.value) next()
  })
  // Whoever chooses to write in the middle is not hurried any more, and the other way round.
  watch(writing, () => {
    if (phase.value === 'answer') startCue()
  })

  /** The words were read before their time was over. */
  const skip = () => clock.start(0)

  /** The other camera, for a card. */
  function turn() {
    front.value = !front.value
    ask()
  }

  onScopeDispose(drop)

  const task = reactive({
    busy: computed(() => ending.busy.value || asking.busy.value),
    error: computed(() => ending.error.value ?? asking.error.value),
    retry: () => (ending.error.value === null ? asking.retry() : ending.retry()),
  })
  // Browsers don't always say that they are online again; chunks that arrive do.
  watch(() => studio.upload.value.network, (network) => {
    if (network === 'good' && task.error?.offline) void task.retry()
  })
  return { phase, cue, clock, written, byHand, task, ask, next, skip, drop, turn }
}
