import 'fake-indexeddb/auto'
import { afterEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { api, ApiError } from '../../api/client'
import { openAgentShelf } from './useAgentFilm'
import { useLeftFilms } from './useLeftFilms'

const REFUSED = { zh: '', en: '' }
afterEach(() => vi.restoreAllMocks())

/** A call of which two pieces lie on this device. */
async function left(recording: string) {
  const shelf = await openAgentShelf()
  await shelf.begin(recording, 2)
  for (const piece of [1, 2]) await shelf.append(recording, 2, new Uint8Array([piece]).buffer, 1_000)
  return shelf
}

it('sends what a call left here, in its order, and lets go of it; what is led now is left to its own page', async () => {
  const shelf = await left('rec_left')
  await left('rec_mine')
  const sent: string[] = []
  vi.spyOn(api, 'part').mockImplementation((path) => {
    sent.push(path)
    return Promise.resolve({ next_chunk: Number(path.split('/').pop()) + 1, version: 1 })
  })
  const scope = effectScope()
  await scope.run(() => useLeftFilms().send('rec_mine'))
  scope.stop()
  const path = '/api/console/recording-desk/rec_left/segments/2/chunks'
  expect(sent).toEqual([`${path}/0`, `${path}/1`])
  expect(await shelf.recordings()).toEqual(['rec_mine'])
})

it.each([['recording_over', 409, false], ['unauthenticated', 401, true]])('after %s (%i) it is still here: %s', async (code, status, kept) => {
  const shelf = await left('rec_refused')
  vi.spyOn(api, 'part').mockRejectedValue(new ApiError(status, code, REFUSED))
  const scope = effectScope()
  await scope.run(() => useLeftFilms().send('rec_mine'))
  scope.stop()
  expect((await shelf.recordings()).includes('rec_refused')).toBe(kept)
})
