/** 双录 on the phone, before Chromium's own camera: every screen is looked at, and what is recorded arrives whole. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { good } from './audit.mjs'
import { accountOf, launch, seated, until } from './desk.mjs'
import { confirmed, press, recording } from './recorded.mjs'

const FAKE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
let browser, service

before(async () => {
  browser = await launch(FAKE)
  service = await seated(browser, accountOf('luoyifan'))
})

after(async () => {
  await browser?.close()
})

/** Somebody who has confirmed the sheet of the product that is always recorded. */
const recorded = async (context) => (await confirmed(browser, service, { context })).phone

test('she is told why, looks at the camera, answers, pauses, and what she recorded has arrived', async () => {
  const phone = await recorded()
  await good(phone, 'recording why')
  await press(phone, '好，看看镜头')
  await phone.getByText('光线可以').waitFor()
  await good(phone, 'recording camera')
  await press(phone, '准备好了，开始录')
  await press(phone, '看完了，开始')
  await phone.getByText('请读出这四个数字').waitFor()
  const { nodes: [first] } = await recording(phone)
  assert.equal(await phone.locator('.digits').innerText().then((text) => text.replace(/\s/g, '')), first.digits)
  await good(phone, 'recording digits')
  await press(phone, '打字回答')
  await phone.getByLabel('屏幕上的四个数字').fill(first.digits)
  await good(phone, 'recording written')
  await press(phone, '就这样回答')
  for (let act = 0; act < first.acts.length; act += 1) await press(phone, '做完了')
  await until(async () => (await recording(phone)).nodes[0].state !== 'open', 15_000, 'the answer is handed in')
  await press(phone, '暂停')
  await phone.getByText('镜头已关').first().waitFor()
  await good(phone, 'recording paused')
  const kept = await phone.evaluate(() => new Promise((resolve) => {
    const asked = indexedDB.open('xiaobao.recording')
    asked.onsuccess = () => {
      const rows = asked.result.transaction('segments').objectStore('segments').getAll()
      rows.onsuccess = () => resolve(rows.result[0].appended)
    }
  }))
  await until(async () => (await recording(phone)).next_chunk === kept, 10_000, 'every chunk of the segment has arrived')
  await phone.reload()
  await phone.getByText('您回来了').waitFor()
  await press(phone, '接着录')
  await press(phone, '接着录')
  await until(async () => (await recording(phone)).segment === 2, 10_000, 'coming back begins another segment')
})

test('whoever would rather not be recorded, or has no camera, is led to a person at once', async () => {
  const phone = await recorded({ viewport: { width: 320, height: 568 } })
  await phone.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'))
  })
  await phone.reload()
  await press(phone, '好，看看镜头')
  await phone.getByText('没有找到摄像头或麦克风').waitFor()
  await good(phone, 'recording no camera')
  await press(phone, '转人工')
  await good(phone, 'recording rather a person')
  await press(phone, '手机或网络不行')
  await phone.getByText('工作人员会联系您').first().waitFor()
  await good(phone, 'recording a person comes')
})
