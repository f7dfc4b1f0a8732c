import { useLanguage } from '../../shared/i18n'

/** Words for an alert code; an unknown one is shown as it came rather than hidden. */
export function useAlertWords(): (code: string) => string {
  const { t, has } = useLanguage()
  return (code) => (has(`alert.${code}`) ? t(`alert.${code}`) : code)
}
