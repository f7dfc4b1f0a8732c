import vue from '@vitejs/plugin-vue'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin, UserConfig } from 'vite'

/** The server that answers the API while developing. */
const UPSTREAM = process.env.XIAOBAO_URL ?? 'http://127.0.0.1:8420'

/** What the apps share: one build per app, each under its own base path. */
export function appConfig(app: 'h5' | 'console' | 'verify', port: number): UserConfig {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  return {
    root: at(`src/${app}`),
    base: `/${app}/`,
    plugins: [vue()],
    define: {
      __VUE_OPTIONS_API__: app === 'console',
      __VUE_PROD_DEVTOOLS__: false,
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
      __VUE_I18N_FULL_INSTALL__: false,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
    },
    build: {
      outDir: at(`dist/${app}`),
      emptyOutDir: true,
      target: 'es2020',
      // The page policy allows scripts and pictures from our own origin only, so nothing is inlined.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: true,
      chunkSizeWarningLimit: 700,
    },
    server: { port, strictPort: true, proxy: { '/api': UPSTREAM, '/log': UPSTREAM } },
  }
}

const WORDS = fileURLToPath(new URL('../crates/server/src/journey/words.rs', import.meta.url))
const ARM = /"([a-z_.]+\.v[0-9]+)"\s*=>\s*\{?\s*\(\s*"([^"\\]+)",\s*"([^"\\]+)",?\s*\)/g

/** The module `virtual:fact-words`: what the server calls each fact, for a page that must say it without a server. */
export function factWords(): Plugin {
  const id = 'virtual:fact-words'
  return {
    name: 'fact-words',
    resolveId: (asked) => (asked === id ? `\0${id}` : undefined),
    load(asked) {
      if (asked !== `\0${id}`) return undefined
      this.addWatchFile(WORDS)
      const words = [...readFileSync(WORDS, 'utf8').matchAll(ARM)].map(([, kind, zh, en]) => [kind, { zh, en }])
      if (words.length === 0) throw new Error(`no fact has words in ${WORDS}`)
      return `export default ${JSON.stringify(Object.fromEntries(words))}`
    },
  }
}
