declare module 'virtual:fact-words' {
  const words: Record<string, { zh: string; en: string }>
  export default words
}
