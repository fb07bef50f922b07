import { signal } from '@preact/signals'
import type { VNode } from 'preact'
import { fetched } from '../../ui/fetched.tsx'
import type { How, Wanted } from './actions.ts'

const HealDialog = fetched('What ends connections', async () => (await import('./heal-dialog.tsx')).HealDialog)

const WORDS: Readonly<Record<How, readonly [name: string, means: string]>> = {
  shutdown: ['Shut down…', 'Sends FIN by the owner’s own descriptor; the descriptor stays open'],
  destroy: ['Destroy…', 'Sends RST, as ss -K does; the descriptor stays open'],
  kill: ['End the owner…', 'SIGTERM: all of its sockets end'],
}
const ORDER: readonly How[] = ['shutdown', 'destroy', 'kill']

/** The action that is being shown, asked or reported, and the button that it was asked by. */
const open = signal<{ readonly wanted: Wanted; readonly from: HTMLElement } | null>(null)

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
          onClick={(event) => {
            open.value = { wanted: { how, cookies }, from: event.currentTarget }
          }}
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
  const { wanted, from } = open.value
  return (
    <HealDialog
      wanted={wanted}
      onClose={() => {
        open.value = null
        const back = from.isConnected ? from : document.querySelector<HTMLElement>('.grid')
        back?.focus()
      }}
    />
  )
}
