import { effect, type Signal, signal } from '@preact/signals'
import { stateColours } from 'lastack/inspect'

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

/** The library's colours of states, the terminal's too, become `--state-close-wait` and so on. */
for (const [state, { light, dark }] of Object.entries(stateColours)) {
  document.documentElement.style.setProperty(`--state-${state.toLowerCase()}`, `light-dark(${light}, ${dark})`)
}
