import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'

const SAID_MS = 1_500

/** Brings a text to the clipboard, and says that it did or that it was not allowed to. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const said = useSignal('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      said.value = 'Copied'
    } catch {
      // A browser may refuse: the text stands beside the button and can be marked by hand.
      said.value = 'Not allowed'
    }
    setTimeout(() => {
      said.value = ''
    }, SAID_MS)
  }
  return (
    <button type="button" class="button copy" aria-label={`Copy ${label}`} onClick={() => void copy()}>
      <span aria-live="polite">{said.value === '' ? 'Copy' : said.value}</span>
    </button>
  )
}
