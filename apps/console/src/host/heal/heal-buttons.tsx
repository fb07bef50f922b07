import { useSignal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useRef } from 'preact/hooks'
import type { How, Wanted } from './actions.ts'

const WORDS: Readonly<Record<How, readonly [name: string, means: string]>> = {
  shutdown: ['Shut down…', 'Sends FIN by the owner’s own descriptor; the descriptor stays open'],
  destroy: ['Destroy…', 'Sends RST, as ss -K does; the descriptor stays open'],
  kill: ['End the owner…', 'SIGTERM: all of its sockets end'],
}
const ORDER: readonly How[] = ['shutdown', 'destroy', 'kill']

type Dialog = ComponentType<{ readonly wanted: Wanted; readonly onClose: () => void }>

/** What one may do to these sockets. Each button first shows what it will do; the dialog is fetched when one is pressed. */
export function HealButtons({ cookies }: { readonly cookies: readonly string[] }): VNode {
  const wanted = useSignal<Wanted | null>(null)
  const dialog = useSignal<{ readonly Dialog: Dialog } | null>(null)
  const pressed = useRef<HTMLElement | null>(null)
  const open = async (how: How): Promise<void> => {
    const { HealDialog } = await import('./heal-dialog.tsx')
    dialog.value = { Dialog: HealDialog }
    wanted.value = { how, cookies }
  }
  const loaded = dialog.value
  return (
    <fieldset class="heal-buttons">
      <legend>End {cookies.length === 1 ? 'it' : 'them'} from here</legend>
      {ORDER.map((how) => (
        <button
          key={how}
          type="button"
          class="button"
          title={WORDS[how][1]}
          onClick={(event) => {
            pressed.current = event.currentTarget
            void open(how)
          }}
        >
          {WORDS[how][0]}
        </button>
      ))}
      {loaded !== null && wanted.value !== null && (
        <loaded.Dialog
          wanted={wanted.value}
          onClose={() => {
            wanted.value = null
            pressed.current?.focus()
          }}
        />
      )}
    </fieldset>
  )
}
