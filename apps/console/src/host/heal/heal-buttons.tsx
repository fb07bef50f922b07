import { signal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import type { How, Wanted } from './actions.ts'

const WORDS: Readonly<Record<How, readonly [name: string, means: string]>> = {
  shutdown: ['Shut down…', 'Sends FIN by the owner’s own descriptor; the descriptor stays open'],
  destroy: ['Destroy…', 'Sends RST, as ss -K does; the descriptor stays open'],
  kill: ['End the owner…', 'SIGTERM: all of its sockets end'],
}
const ORDER: readonly How[] = ['shutdown', 'destroy', 'kill']

type Dialog = ComponentType<{ readonly wanted: Wanted; readonly onClose: () => void }>

/** The action that is being shown, asked or reported, and the dialog for it, which is fetched when it is first needed. */
const open = signal<{ readonly Dialog: Dialog; readonly wanted: Wanted; readonly from: HTMLElement } | null>(null)

async function ask(wanted: Wanted, from: HTMLElement): Promise<void> {
  const { HealDialog } = await import('./heal-dialog.tsx')
  open.value = { Dialog: HealDialog, wanted, from }
}

/** What one may do to these sockets. Each button first shows what it will do. */
export function HealButtons({ cookies }: { readonly cookies: readonly string[] }): VNode {
  return (
    <fieldset class="heal-buttons">
      <legend>End {cookies.length === 1 ? 'it' : 'them'} from here</legend>
      {ORDER.map((how) => (
        <button
          key={how}
          type="button"
          class="button"
          title={WORDS[how][1]}
          onClick={(event) => void ask({ how, cookies }, event.currentTarget)}
        >
          {WORDS[how][0]}
        </button>
      ))}
    </fieldset>
  )
}

/** Where the dialog stands: not with the finding or the socket that it ends, which may go before its report has been read. */
export function HealPlace(): VNode | null {
  if (open.value === null) return null
  const { Dialog, wanted, from } = open.value
  return (
    <Dialog
      wanted={wanted}
      onClose={() => {
        open.value = null
        const back = from.isConnected ? from : document.querySelector<HTMLElement>('.grid')
        back?.focus()
      }}
    />
  )
}
