import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const HERE = 'src/console'
const pages = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.vue'))

/** Components of Element Plus that a page names, as their style files are called. */
const used = new Set(pages.flatMap((file) => [...readFileSync(`${HERE}/${file}`, 'utf8').matchAll(/<El([A-Z]\w+)/g)]
  .map(([, name]) => `el${(name ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)))

describe('the styles of Element Plus', () => {
  it('are brought in for every component that a page uses', () => {
    expect(used).toContain('el-button')
    const brought = readFileSync(`${HERE}/main.ts`, 'utf8')
    const theme = 'node_modules/element-plus/theme-chalk'
    const styled = [...used].filter((name) => existsSync(`${theme}/${name}.css`) && statSync(`${theme}/${name}.css`).size > 0)
    expect(styled.filter((name) => !brought.includes(`/${name}.css'`))).toEqual([])
  })
})
