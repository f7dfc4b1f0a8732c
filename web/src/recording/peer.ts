import type { SignalKind } from '../api/recording'

/** How the way between the two pages is. */
export type Line = 'connecting' | 'open' | 'lost'

interface Options {
  /** The page of the colleague makes the offers; the person's answers them. */
  leads: boolean
  stream: MediaStream
  ice: RTCIceServer[]
  tell: (kind: SignalKind, body: string) => Promise<unknown>
  /** The other's picture and sound. */
  seen: (stream: MediaStream) => void
  changed: (line: Line) => void
}

interface Words {
  call: string
  sdp?: string
  candidate?: RTCIceCandidateInit
}

/** A connection that doesn't come about within this is tried anew. */
const WITHIN_MS = 12_000

/**
 * Picture and sound straight from page to page; the server only carries how they find each other.
 * A page that is there, or there again, says hello, and the colleague's page then offers a new connection.
 */
export function createPeer({ leads, stream, ice, tell, seen, changed }: Options) {
  let link: RTCPeerConnection | null = null
  let call = ''
  let early: RTCIceCandidateInit[] = []
  let over = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let last: Promise<unknown> = Promise.resolve()

  const say = (kind: SignalKind, words: Words) => tell(kind, JSON.stringify(words)).catch(() => undefined)
  // A connection that was given up meanwhile can't be offered any more.
  const anew = () => (leads ? offer() : say('hello', { call })).catch(() => undefined)

  function late() {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (over || link?.connectionState === 'connected') return
      changed('lost')
      void anew()
      late()
    }, WITHIN_MS)
  }

  function fresh(id: string): RTCPeerConnection {
    link?.close()
    const mine = new RTCPeerConnection({ iceServers: ice })
    link = mine
    call = id
    early = []
    for (const track of stream.getTracks()) mine.addTrack(track, stream)
    mine.onicecandidate = ({ candidate }) => {
      if (candidate !== null && mine === link) void say('candidate', { call: id, candidate: candidate.toJSON() })
    }
    mine.ontrack = ({ streams: [first] }) => {
      if (first !== undefined && mine === link) seen(first)
    }
    mine.onconnectionstatechange = () => {
      if (mine !== link || over) return
      if (mine.connectionState === 'connected') changed('open')
      else if (mine.connectionState === 'disconnected') changed('lost')
      else if (mine.connectionState === 'failed') {
        changed('lost')
        void anew()
      }
    }
    late()
    return mine
  }

  async function offer() {
    const id = crypto.randomUUID()
    const mine = fresh(id)
    await mine.setLocalDescription(await mine.createOffer())
    await say('offer', { call: id, sdp: mine.localDescription?.sdp ?? '' })
  }

  async function taken(sdp: RTCSessionDescriptionInit) {
    await link?.setRemoteDescription(sdp)
    for (const candidate of early.splice(0)) await link?.addIceCandidate(candidate)
  }

  async function understand(kind: SignalKind, words: Words) {
    if (over) return
    if (kind === 'hello') await anew()
    else if (kind === 'offer' && !leads) {
      const mine = fresh(words.call)
      await taken({ type: 'offer', sdp: words.sdp ?? '' })
      await mine.setLocalDescription(await mine.createAnswer())
      await say('answer', { call: words.call, sdp: mine.localDescription?.sdp ?? '' })
    } else if (words.call !== call || link === null) return
    else if (kind === 'answer' && leads) await taken({ type: 'answer', sdp: words.sdp ?? '' })
    else if (kind === 'candidate' && words.candidate) {
      if (link.remoteDescription === null) early.push(words.candidate)
      else await link.addIceCandidate(words.candidate)
    }
  }

  late()
  return {
    hello: () => say('hello', { call: '' }),
    /** What the other page said, one after the other; what can't be understood is left out. */
    hear(kind: SignalKind, body: string): Promise<unknown> {
      last = last.then(async () => understand(kind, JSON.parse(body) as Words)).catch(() => undefined)
      return last
    },
    close() {
      over = true
      clearTimeout(timer)
      link?.close()
      link = null
    },
  }
}

export type Peer = ReturnType<typeof createPeer>
