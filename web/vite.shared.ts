import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import type { Plugin, UserConfig } from 'vite'

/** Serves the invented API while developing; with XIAOBAO_URL set, the real server answers instead. */
function mockApi(): Plugin {
  return {
    name: 'xiaobao-mock-api',
    apply: 'serve',
    async configureServer(server) {
      const { createMock } = await import('./dev/mock/server.mjs')
      const mock = createMock()
      server.middlewares.use((req, res, next) => {
        if (req.url?.startsWith('/api/')) void mock(req, res)
        else next()
      })
    },
  }
}

/** What both apps share: one build per app, each under its own base path. */
export function appConfig(app: 'h5' | 'console', port: number): UserConfig {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const upstream = process.env.XIAOBAO_URL
  return {
    root: at(`src/${app}`),
    base: `/${app}/`,
    plugins: upstream ? [vue()] : [vue(), mockApi()],
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
    server: {
      port,
      strictPort: true,
      ...(upstream ? { proxy: { '/api': upstream } } : {}),
    },
  }
}
