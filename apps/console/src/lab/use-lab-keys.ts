import { useEffect } from 'preact/hooks'
import { route } from '../router.ts'
import type { Lab } from './lab-store.ts'

/** The keys of the lab, wherever the focus is, but not while one types or chooses. */
export function useLabKeys(lab: Lab): void {
  useEffect(() => {
    const actions: Readonly<Record<string, () => void>> = {
      ArrowRight: () => lab.step(),
      ArrowLeft: lab.back,
      p: () => {
        lab.playing.value = !lab.playing.peek() && lab.shown.peek()?.done === false
      },
      e: lab.finish,
      r: lab.restart,
      d: () => lab.dropNext(''),
      u: lab.undo,
      k: () => lab.step('packet'),
      t: () => lab.step('timer'),
      c: () => lab.step('call'),
    }
    const listen = (event: KeyboardEvent): void => {
      if (route.peek().view !== 'lab' || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof Element && event.target.closest('input, select, textarea') !== null) return
      const action = actions[event.key]
      if (action === undefined) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [lab])
}
