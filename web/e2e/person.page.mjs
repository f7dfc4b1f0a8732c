/**
 * Runs in the page: a camera and a microphone with a person before them.
 *
 * A still portrait is warped picture by picture, so it stays a real photograph and still moves its lids, jaw and head.
 * Its own file and free of imports, because a browser gets only this function's text.
 */
export function install({ portraits, cards, scene: first }) {
  /** Small and slow enough for a browser that encodes beside a whole test run; a phone may have more. */
  const [WIDTH, HEIGHT, RATE] = [480, 360, 10]
  /** Seconds that an act grows, stays and goes back. */
  const [GROWS_S, STAYS_S, ENDS_S] = [0.4, 0.8, 0.4]
  /** How far each act goes: shares of half the face's width and of the mouth's width; lids close altogether. */
  const REACH = { turn: 0.45, mouth: 0.6 }
  const GRAIN = 8
  /** Acts of a film that somebody holds before the camera, whatever is asked. */
  const FILM = ['turn_right', 'blink', 'turn_left', 'open_mouth']

  let scene = first
  let acts = []
  let sounds = null
  const loaded = {}
  const held = {}
  const now = () => performance.now() / 1000

  function picture(jpeg) {
    const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0))
    return createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
  }

  async function load(name) {
    const { jpeg, points } = portraits[name]
    const bitmap = await picture(jpeg)
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT)
    const context = canvas.getContext('2d')
    context.drawImage(bitmap, 0, 0)
    return { canvas, pixels: context.getImageData(0, 0, WIDTH, HEIGHT).data, ...measures(points) }
  }

  /** Where the parts of a face are, out of its 68 points. */
  function measures(points) {
    const [left, right, chin] = [points[0], points[16], points[8]]
    const brow = Math.min(...points.slice(17, 27).map(([, y]) => y))
    const arc = ([ax, ay], [bx, by], ys) => {
      // A parabola from corner to corner through the mean of the points between, which stand at a third and at two.
      const sag = (ys.reduce((all, y) => all + y, 0) / ys.length - (ay + by) / 2) / (ys.length === 1 ? 1 : 8 / 9)
      return (x) => {
        const share = Math.max(0, Math.min(1, (x - ax) / (bx - ax)))
        return ay + (by - ay) * share + 4 * sag * share * (1 - share)
      }
    }
    const eye = (at) => ({
      from: points[at][0] - 3,
      to: points[at + 3][0] + 3,
      upper: arc(points[at], points[at + 3], [points[at + 1][1], points[at + 2][1]]),
      lower: arc(points[at], points[at + 3], [points[at + 4][1] + 1, points[at + 5][1] + 1]),
    })
    const apart = (one) => Math.hypot(one[0] - points[30][0], one[1] - points[30][1])
    return {
      // Whoever was photographed from the side is turned back to look ahead.
      aside: (apart(left) - apart(right)) / (apart(left) + apart(right)),
      middle: (left[0] + right[0]) / 2,
      half: (right[0] - left[0]) / 2,
      brow,
      chin: chin[1],
      eyes: [eye(36), eye(42)],
      mouth: { from: points[60][0], to: points[64][0], lip: arc(points[60], points[64], [points[66][1]]) },
    }
  }

  /** How strong each act is at a time. */
  function strengths(at) {
    const found = { turn: 0, blink: 0, mouth: 0 }
    for (const { act, begun } of acts) {
      const passed = at - begun
      const linear = Math.min(passed / GROWS_S, (GROWS_S + STAYS_S + ENDS_S - passed) / ENDS_S, 1)
      const strong = linear <= 0 ? 0 : (1 - Math.cos(Math.PI * linear)) / 2
      if (act === 'turn_left') found.turn += REACH.turn * strong
      if (act === 'turn_right') found.turn -= REACH.turn * strong
      if (act === 'blink') found.blink = Math.max(found.blink, strong)
      if (act === 'open_mouth') found.mouth = Math.max(found.mouth, REACH.mouth * strong)
    }
    return found
  }

  /** Small movements that never quite repeat: a place, a size, a tilt, a glance. */
  function sway(at) {
    const wave = (period, shift) => Math.sin((2 * Math.PI * at) / period + shift)
    return {
      x: 3 * wave(4.7, 0) + 1.5 * wave(2.3, 1),
      y: 2 * wave(5.9, 2) + 1 * wave(1.9, 0),
      size: 1 + 0.008 * wave(7.1, 1),
      tilt: 0.012 * wave(6.1, 0),
      turn: 0.02 * wave(3.7, 2),
    }
  }

  const ease = (share) => (share <= 0 ? 0 : share >= 1 ? 1 : share * share * (3 - 2 * share))

  /** Where a pixel is taken from, and how much of its light is left; one for all, so that a picture makes no objects. */
  const place = { x: 0, y: 0, light: 1 }

  /**
   * Draws one person's part of the picture, columns `from` to `to`, moved `aside` pixels: the whole moved as it is, then
   * the head pixel by pixel, each from where it was before head, lids and jaw moved.
   */
  function draw(context, person, { from, to, aside }, { turn, blink, mouth }, pose) {
    const { canvas, pixels, middle, half, brow, chin } = person
    const cos = Math.cos(pose.tilt) / pose.size
    const sin = Math.sin(pose.tilt) / pose.size
    const [x0, y0] = [middle + aside + pose.x, chin + pose.y]
    context.save()
    context.beginPath()
    context.rect(from, 0, to - from, HEIGHT)
    context.clip()
    context.translate(x0, y0)
    context.rotate(pose.tilt)
    context.scale(pose.size, pose.size)
    context.drawImage(canvas, -middle, -chin)
    context.restore()
    const turned = Math.max(-0.47, Math.min(0.47, turn + pose.turn - person.aside))
    const open = mouth * (person.mouth.to - person.mouth.from)
    const top = brow - half
    const neck = chin + 1.1 * half
    const [left, high] = [Math.max(from, Math.floor(x0 - half - 8)), Math.max(0, Math.floor(top + pose.y - 8))]
    const head = context.createImageData(Math.min(to, Math.ceil(x0 + half + 8)) - left, Math.min(HEIGHT, Math.ceil(neck + pose.y + 8)) - high)
    const out = head.data.fill(255)
    for (let row = 0, at = 0; row < head.height; row++) {
      const dy = row + high - y0
      for (let column = 0; column < head.width; column++, at += 4) {
        const dx = column + left - x0
        place.x = middle + cos * dx + sin * dy
        place.y = chin - sin * dx + cos * dy
        place.light = 1
        const across = (place.x - middle) / half
        if (across > -1 && across < 1 && place.y < neck && place.y > top) {
          const bent = turned * ease((place.y - top) / (0.8 * half)) * ease((neck - place.y) / (0.8 * half))
          if (Math.abs(bent) > 1e-3) place.x = middle + (half * (1 - Math.sqrt(1 - 4 * bent * (across - bent)))) / (2 * bent)
          if (blink > 0) lids(person.eyes, blink)
          if (open > 0) jaw(person, open, neck)
        }
        const x = Math.max(0, Math.min(WIDTH - 1.001, place.x))
        const y = Math.max(0, Math.min(HEIGHT - 1.001, place.y))
        const right = x - (x | 0)
        const low = y - (y | 0)
        const upper = 4 * ((y | 0) * WIDTH + (x | 0))
        const under = upper + 4 * WIDTH
        for (let which = 0; which < 3; which++) {
          const above = pixels[upper + which] * (1 - right) + pixels[upper + 4 + which] * right
          const below = pixels[under + which] * (1 - right) + pixels[under + 4 + which] * right
          out[at + which] = place.light * (above * (1 - low) + below * low)
        }
      }
    }
    context.putImageData(head, left, high)
  }

  /** Skin from under the eye drawn over it, down to a line of lashes. */
  function lids(eyes, blink) {
    for (let which = 0; which < 2; which++) {
      const eye = eyes[which]
      if (place.x < eye.from || place.x > eye.to) continue
      const upper = eye.upper(place.x) - 3
      const lower = eye.lower(place.x)
      const edge = upper + blink * (lower - upper)
      if (place.y < upper || place.y > edge + 1.5) continue
      if (place.y > edge - 2) place.light = 0.4
      else place.y = lower + 3 + 0.6 * (edge - place.y)
    }
  }

  /** Under an opened mouth everything was higher before, and inside it is dark. */
  function jaw({ mouth, middle, half, chin }, open, neck) {
    const { x, y } = place
    const lip = mouth.lip(x)
    if (y <= lip) return
    const share = (2 * x - mouth.from - mouth.to) / (mouth.to - mouth.from)
    const gap = Math.abs(share) < 1 ? open * (1 - share * share) : 0
    if (y < lip + gap) {
      place.y = lip
      place.light = 1 - 0.9 * ease((y - lip) / 4) * ease((lip + gap - y) / 3)
      return
    }
    const drop = 0.65 * open * ease(1.15 - Math.abs(x - middle) / half)
    const low = chin + drop
    place.y -= y < low ? gap + ((drop - gap) * (y - lip - gap)) / (low - lip - gap) : drop * ease((neck - y) / (neck - low))
  }

  /** What a sensor adds to each picture; another part of it each time. */
  const noise = new OffscreenCanvas(2 * WIDTH, 2 * HEIGHT)
  function grains() {
    const context = noise.getContext('2d')
    const image = context.createImageData(noise.width, noise.height)
    for (let at = 0; at < image.data.length; at += 4) {
      image.data.fill(Math.random() < 0.5 ? 0 : 255, at, at + 3)
      image.data[at + 3] = GRAIN * Math.random()
    }
    context.putImageData(image, 0, 0)
  }
  grains()

  const places = (count) =>
    count === 1 ? [{ from: 0, to: WIDTH, aside: 0 }] : [{ from: 0, to: 250, aside: -112 }, { from: 250, to: WIDTH, aside: 116 }]

  /** A card that is held so near that nobody is seen behind it, by a hand that isn't quite still. */
  function hold(context, card, { x, y, tilt }) {
    context.save()
    context.translate(WIDTH / 2 + x, HEIGHT / 2 + y)
    context.rotate(tilt)
    context.drawImage(card, -WIDTH / 2, -HEIGHT / 2)
    context.restore()
  }

  function paint(context, at) {
    const { people, kind, card } = scene
    acts = acts.filter(({ begun }) => at - begun < GROWS_S + STAYS_S + ENDS_S)
    if (kind === 'film' && acts.length === 0) {
      film = (film + 1) % FILM.length
      acts = [{ act: FILM[film], begun: at + 0.6 }]
    }
    const frozen = kind === 'still'
    const still = { x: 0, y: 0, size: 1, tilt: 0, turn: 0 }
    const doing = kind === 'live' || kind === 'film' ? strengths(at) : strengths(-1)
    // A wall, where nobody stands before it.
    context.fillStyle = '#8f8c86'
    context.fillRect(0, 0, WIDTH, HEIGHT)
    if (card !== undefined) hold(context, held[card], sway(at))
    else people.forEach((name, which) => {
      const pose = frozen ? still : { ...sway(at + 11 * which), ...(kind === 'photograph' && { turn: 0 }) }
      draw(context, loaded[name], places(people.length)[which], which === 0 ? doing : strengths(-1), pose)
    })
    if (!frozen) context.drawImage(noise, -Math.random() * WIDTH, -Math.random() * HEIGHT)
  }
  let film = 0

  /** The picture, painted for as long as somebody looks. */
  async function lens() {
    await Promise.all(Object.keys(portraits).map(async (name) => (loaded[name] ??= await load(name))))
    await Promise.all(Object.keys(cards).map(async (name) => (held[name] ??= await picture(cards[name]))))
    const canvas = document.createElement('canvas')
    canvas.width = WIDTH
    canvas.height = HEIGHT
    const context = canvas.getContext('2d')
    const show = () => paint(context, now())
    show()
    const track = canvas.captureStream().getVideoTracks()[0]
    const timer = setInterval(() => (track.readyState === 'live' ? show() : clearInterval(timer)), 1000 / RATE)
    return track
  }

  /** A quiet room. */
  async function room() {
    const context = new AudioContext({ latencyHint: 'playback' })
    await context.resume()
    const out = context.createMediaStreamDestination()
    const length = 2 * context.sampleRate
    const hiss = context.createBuffer(1, length, context.sampleRate)
    hiss.copyToChannel(Float32Array.from({ length }, () => 0.003 * (2 * Math.random() - 1)), 0)
    const source = context.createBufferSource()
    source.buffer = hiss
    source.loop = true
    source.connect(out)
    source.start()
    sounds = { context, out }
    return out.stream.getAudioTracks()[0]
  }

  const stopped = (name, message) => Promise.reject(new DOMException(message, name))
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (scene.kind === 'refused') return stopped('NotAllowedError', 'Permission denied')
    if (scene.kind === 'missing') return stopped('NotFoundError', 'Requested device not found')
    const tracks = []
    if (wanted.video) tracks.push(await lens())
    if (wanted.audio) tracks.push(await room())
    return new MediaStream(tracks)
  }

  const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds))
  globalThis.person = {
    show: (next) => Object.assign(scene, next),
    act: (act) => {
      acts.push({ act, begun: now() })
      return wait(GROWS_S + STAYS_S + ENDS_S)
    },
    say: async (sound) => {
      const bytes = Uint8Array.from(atob(sound), (letter) => letter.charCodeAt(0))
      const { context, out } = sounds
      const source = context.createBufferSource()
      source.buffer = await context.decodeAudioData(bytes.buffer)
      source.connect(out)
      source.start()
      await new Promise((resolve) => (source.onended = resolve))
    },
  }
}
