/** What no page may have: a serious finding of axe, or on a phone a target that a thumb misses or a side that is cut off. */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
const GRAVE = ['serious', 'critical']

/** A folder that takes a picture of every audited page, for whoever wants to look at them. */
const PICTURES = process.env.XIAOBAO_PICTURES
if (PICTURES) mkdirSync(PICTURES, { recursive: true })

/** Fails with every serious or critical finding of the page as it is now. */
export async function audit(page, name) {
  await settled(page)
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name.replace(/[^\p{L}\p{N}-]+/gu, '-')}.png`, fullPage: true })
  await page.evaluate(AXE)
  const found = await page.evaluate(async (tags) => {
    const { violations } = await globalThis.axe.run(document, {
      runOnly: { type: 'tag', values: tags },
      rules: { 'target-size': { enabled: true } },
      resultTypes: ['violations'],
    })
    return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 5).map((one) => one.html.slice(0, 200)) }))
  }, TAGS)
  assert.deepEqual(found.filter((one) => GRAVE.includes(one.impact)), [], `${name} passes the audit`)
}

/** A page that is still fading in has no colours of its own yet. */
function settled(page) {
  return page.evaluate(async () => {
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    await Promise.allSettled(passing.map((one) => one.finished))
  })
}

/** Fails where a visible target is lower or narrower than 44 px; links inside a sentence are as high as their line. */
async function touchable(page, name) {
  const small = await page.evaluate(() => {
    const shown = (box) => box.width > 0 && box.height > 0
    const targets = [...document.querySelectorAll('button, a[href], input, select, textarea, label:has(input), [role=button]')]
    const top = document.querySelector('dialog[open]')
    return targets
      .filter((one) => (top === null || top.contains(one)) && !one.closest('p') && !one.matches('label input') && getComputedStyle(one).visibility === 'visible')
      .map((one) => ({ box: one.getBoundingClientRect(), html: one.outerHTML.slice(0, 160) }))
      .filter(({ box }) => shown(box) && (box.height < 43.5 || box.width < 43.5))
      .map(({ box, html }) => `${Math.round(box.width)}×${Math.round(box.height)} ${html}`)
  })
  assert.deepEqual(small, [], `${name} has targets of 44 px`)
}

/** Everything a page of the phone must be. */
export async function good(phone, name) {
  await audit(phone, `h5 ${name}`)
  await touchable(phone, `h5 ${name}`)
  assert.ok(await phone.evaluate(() => document.documentElement.scrollWidth <= Math.min(innerWidth, screen.width)), `h5 ${name} is not cut off`)
}
