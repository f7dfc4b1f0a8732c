import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { factWords } from './vite.shared'

export default defineConfig({
  plugins: [vue(), factWords()],
  test: { environment: 'happy-dom', css: true, include: ['src/**/*.test.ts'] },
})
