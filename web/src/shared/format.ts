/** Fen to yuan with thousands separators: 2151549 → `21,515.49`. The unit is said once, elsewhere. */
export function money(fen: number): string {
  const negative = fen < 0
  const whole = Math.trunc(Math.abs(fen) / 100)
  const cents = Math.abs(fen) % 100
  const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${negative ? '-' : ''}${grouped}.${String(cents).padStart(2, '0')}`
}

/** Ppm to percent, rounded half up in integers: 138000 → `13.80%`. */
export function rate(ppm: number, decimals = 2): string {
  const unit = 10 ** (4 - decimals)
  const steps = Math.floor((Math.abs(ppm) + unit / 2) / unit)
  const scale = 10 ** decimals
  const sign = ppm < 0 && steps > 0 ? '-' : ''
  if (decimals === 0) return `${sign}${steps}%`
  return `${sign}${Math.trunc(steps / scale)}.${String(steps % scale).padStart(decimals, '0')}%`
}

/** A difference of rates in percentage points: 14600 → `1.46`. */
export function points(ppm: number): string {
  return rate(ppm).slice(0, -1)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export type Locale = 'zh-CN' | 'en'

/** A civil date in words: `2026年12月21日` or `21 Dec 2026`. */
export function civilDate(iso: string, locale: Locale): string {
  const [year, month, day] = iso.split('-').map(Number)
  if (!year || !month || !day) return iso
  return locale === 'zh-CN' ? `${year}年${month}月${day}日` : `${day} ${MONTHS[month - 1] ?? month} ${year}`
}

const ZONE = 'Asia/Shanghai'

function parts(ms: number): Record<string, string> {
  const list = new Intl.DateTimeFormat('en-GB', {
    timeZone: ZONE, hourCycle: 'h23',
    year: 'numeric', month: '2-digit', day: '2-digit',
    hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(ms)
  return Object.fromEntries(list.map(({ type, value }) => [type, value]))
}

/** Time of day in China: `10:21:07`. */
export function clock(ms: number): string {
  const p = parts(ms)
  return `${p.hour}:${p.minute}:${p.second}`
}

/** Day of an instant in China as ISO: `2026-11-21`. */
export function day(ms: number): string {
  const p = parts(ms)
  return `${p.year}-${p.month}-${p.day}`
}

/** `2026-11-21 10:21`, for dense lists. */
export function stamp(ms: number): string {
  return `${day(ms)} ${clock(ms).slice(0, 5)}`
}

/** Groups digits of a counter: 5012 → `5,012`. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** The first characters of a digest, enough to tell two apart by eye. */
export function shortDigest(digest: string, length = 12): string {
  return digest.length > length ? `${digest.slice(0, length)}…` : digest
}

/** Bytes for people: 48123 → `47 KB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
