import { effect, type Signal, signal } from '@preact/signals'

/** `system` follows the system's setting. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'lastack.theme'
const THEMES: readonly Theme[] = ['system', 'light', 'dark']

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return THEMES.find((theme) => theme === value) ?? 'system'
  } catch {
    // Storage may be forbidden (private windows, policies): the choice then lasts as long as the page.
    return 'system'
  }
}

/** The chosen theme; writing it changes the page and is remembered. */
export const theme: Signal<Theme> = signal(stored())

effect(() => {
  const root = document.documentElement
  if (theme.value === 'system') delete root.dataset.theme
  else root.dataset.theme = theme.value
  try {
    localStorage.setItem(KEY, theme.value)
  } catch {
    // As above: nothing is lost but the memory of it.
  }
})

/** The theme after this one, for a button that goes round. */
export function nextTheme(now: Theme): Theme {
  return THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] as Theme
}

const TEMP: Record<string, [string, string]> = {
  listen: ['#5b6b7f', '#8fa3bb'],
  'syn-sent': ['#7a4fc0', '#b493f0'],
  'syn-received': ['#9a3fb5', '#d58bea'],
  established: ['#1f7a45', '#58c486'],
  'close-wait': ['#b85c00', '#f5a742'],
  'last-ack': ['#c0392b', '#ff8a75'],
  'fin-wait-1': ['#1d62b8', '#6fb0ff'],
  'fin-wait-2': ['#0b7a9e', '#53c3e6'],
  closing: ['#3f56c4', '#94a5ff'],
  'time-wait': ['#0c7d76', '#4dc9bf'],
  closed: ['#70757d', '#8b929b'],
}
for (const [name, [light, dark]] of Object.entries(TEMP)) {
  document.documentElement.style.setProperty(`--state-${name}`, `light-dark(${light}, ${dark})`)
}
