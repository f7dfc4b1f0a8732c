import { shallowRef } from 'vue'
import { proveBy } from '../../api/client'

/** Set while the person is asked to prove once more who they are. */
export const asking = shallowRef<{ answer: (proved: boolean) => void } | null>(null)
let answered: Promise<boolean> | null = null

/** Every call of the console that needs a fresh proof asks here; several at once ask once. */
proveBy(() => {
  answered ??= new Promise<boolean>((resolve) => {
    asking.value = {
      answer: (proved) => {
        asking.value = null
        answered = null
        resolve(proved)
      },
    }
  })
  return answered
})
