import { en, type Texts } from './en.ts'

/** The languages of the app, each by its own name. */
export const languages = { en: 'English', de: 'Deutsch' } as const

export type Language = keyof typeof languages

const storageKey = 'rookery-language'

/** The language that was chosen, or else that of the browser. */
export function preferredLanguage(): Language {
  const wanted = [stored(), ...navigator.languages]
  for (const each of wanted) {
    const code = each?.slice(0, 2)
    if (code !== undefined && Object.hasOwn(languages, code)) return code as Language
  }
  return 'en'
}

export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'de' ? (await import('./de.ts')).de : en
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(storageKey, language)
  } catch {
    // The browser keeps nothing. The language lasts as long as the page.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(storageKey)
  } catch {
    return null
  }
}
