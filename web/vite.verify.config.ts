import { defineConfig } from 'vite'
import { appConfig, factWords } from './vite.shared'

const shared = appConfig('verify', 5175)

export default defineConfig({ ...shared, plugins: [...(shared.plugins ?? []), factWords()], worker: { format: 'es' } })
