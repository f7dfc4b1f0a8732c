/** A date as it stands on an ID card (`2036.05.01`, or its eight digits alone), as ISO; null when it is no date. */
export function cardDate(text: string): string | null {
  const [, year = '', month = '', day = ''] = /^\s*(\d{4})\D?(\d{2})\D?(\d{2})\s*$/.exec(text) ?? []
  const iso = `${year}-${month}-${day}`
  const read = new Date(`${iso}T00:00:00Z`)
  // A day that the month does not have would become one of the next month.
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(iso) ? iso : null
}
