import { useSignal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Lab, Shown } from './lab-store.ts'

interface GateProps {
  readonly lab: Lab
  readonly shown: Shown
}

/** The run beside the other; it is fetched when one first asks for one. */
export function CompareGate(props: GateProps): VNode | null {
  const loaded = useSignal<{ readonly View: ComponentType<GateProps> | null } | null>(null)
  useEffect(() => {
    const load = async (): Promise<void> => {
      try {
        loaded.value = { View: (await import('./compare-view.tsx')).CompareView }
      } catch {
        // The server has gone, or has another build now: the page says so, and what to do.
        loaded.value = { View: null }
      }
    }
    void load()
  }, [loaded])
  if (loaded.value === null) return null
  const { View } = loaded.value
  if (View !== null) return <View {...props} />
  return (
    <p class="banner" data-kind="bad" role="alert">
      The run beside this one could not be fetched from the console’s server. Is it running? Then load the page anew.
    </p>
  )
}
