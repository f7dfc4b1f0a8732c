import { shallowRef, watch } from 'vue'
import { api, asApiError } from '../../api/client'
import type { Brand } from '../../api/wire'
import { useJourney } from '../journey/useJourney'
import { route } from '../route'

const brand = shallowRef<Brand | null>(null)

function dress(look: Brand | null) {
  brand.value = look
  const root = document.documentElement.style
  if (look?.colour) {
    // The server takes only colours that words can be read on.
    root.setProperty('--pine', look.colour)
    root.setProperty('--pine-strong', `color-mix(in srgb, ${look.colour} 80%, black)`)
    root.setProperty('--pine-wash', `color-mix(in srgb, ${look.colour} 10%, white)`)
  } else {
    for (const name of ['--pine', '--pine-strong', '--pine-wash']) root.removeProperty(name)
  }
}

/** The institution's own look: by the host before anyone is known, then by whose journey it is. */
export function useBrand(): void {
  const { institution } = useJourney()
  const code = () => institution.value?.code ?? (route.value.at === 'partners' ? route.value.institution : null)
  watch(code, async (now) => {
    if (now !== null && now === brand.value?.code) return
    try {
      dress(await api.get<Brand | null>(now === null ? '/api/public/brand' : `/api/public/${encodeURIComponent(now)}/brand`))
    } catch (cause) {
      // The house's own look is good enough; the next page asks again.
      if (!asApiError(cause).offline) dress(null)
    }
  }, { immediate: true })
}

export const knownBrand = brand
