import { useSignal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useEffect } from 'preact/hooks'

/** A part of a view that is fetched when it is first to be shown. `what` names it at the head of a sentence. */
export function fetched<Props extends object>(
  what: string,
  fetch: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let Known: ComponentType<Props> | null = null
  return function Fetched(props: Props): VNode | null {
    const failed = useSignal(false)
    const known = useSignal(Known !== null)
    useEffect(() => {
      const load = async (): Promise<void> => {
        try {
          Known ??= await fetch()
          known.value = true
        } catch {
          // The server has gone, or has another build now: the page says so, and what to do.
          failed.value = true
        }
      }
      void load()
    }, [failed, known])
    if (known.value && Known !== null) return <Known {...props} />
    if (!failed.value) return null
    return (
      <p class="banner" data-kind="bad" role="alert">
        {what} could not be fetched from the console’s server. Is it running? Then load the page anew.
      </p>
    )
  }
}
