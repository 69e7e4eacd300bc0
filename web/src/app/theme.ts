export type Theme = 'system' | 'light' | 'dark'

export type Density = 'comfortable' | 'compact'

const storageKey = 'rookery-theme'
const densityKey = 'rookery-density'

export function readTheme(): Theme {
  try {
    const theme = localStorage.getItem(storageKey)
    return theme === 'light' || theme === 'dark' ? theme : 'system'
  } catch {
    return 'system'
  }
}

export function setTheme(theme: Theme): void {
  try {
    localStorage.setItem(storageKey, theme)
  } catch {
    // The browser keeps nothing. The theme lasts as long as the page.
  }
  applyTheme(theme)
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function readDensity(): Density {
  try {
    return localStorage.getItem(densityKey) === 'compact' ? 'compact' : 'comfortable'
  } catch {
    return 'comfortable'
  }
}

export function setDensity(density: Density): void {
  try {
    localStorage.setItem(densityKey, density)
  } catch {
    // The browser keeps nothing. It lasts as long as the page.
  }
  applyDensity(density)
}

export function applyDensity(density: Density): void {
  document.documentElement.dataset['density'] = density
}
