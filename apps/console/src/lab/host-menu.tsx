import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import type { Lab } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'

interface Deed {
  readonly words: string
  readonly label: string
  readonly meaning: string
}

function deedsOf({ host, rows }: HostFrame): Deed[] {
  const name = host.name
  const owners = new Map(rows.flatMap(({ owners = [] }) => owners.map(({ pid, command }) => [pid, command] as const)))
  const processes = [...owners].slice(0, 4).flatMap(([pid, command]): Deed[] => [
    {
      words: `kill ${name} ${pid}`,
      label: `kill -9 ${command}`,
      meaning: 'The process ends; the system closes its sockets as close() would.',
    },
    {
      words: `freeze ${name} ${pid}`,
      label: `freeze ${command}`,
      meaning: 'It runs no more; the stack goes on for it.',
    },
    { words: `thaw ${name} ${pid}`, label: `let ${command} go on`, meaning: 'It goes on where it stood.' },
  ])
  return [
    { words: `crash ${name}`, label: 'Power off', meaning: 'Everything here is gone, and no packet tells of it.' },
    { words: `boot ${name}`, label: 'Power on', meaning: 'It is there again and knows no connection.' },
    { words: 'cut', label: 'Cut the wire', meaning: 'What is sent from now on is lost; nobody is told.' },
    { words: 'mend', label: 'Mend the wire', meaning: 'Packets arrive again.' },
    ...processes,
  ]
}

/** Writes a sysctl of the host while it runs. */
function SysctlField({ lab, host }: { readonly lab: Lab; readonly host: string }): VNode {
  const over = lab.isOver.value
  const text = useSignal('')
  return (
    <form
      class="sysctl-field"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.peek().trim() !== '') lab.act(`sysctl ${host} ${text.peek().trim().replace('=', ' ')}`)
        text.value = ''
      }}
    >
      <input
        type="text"
        aria-label={`Sysctl of ${host}`}
        placeholder="tcp_fin_timeout=5"
        spellcheck={false}
        disabled={over}
        autocomplete="off"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value
        }}
      />
      <button type="submit" class="button" disabled={over}>
        Set
      </button>
    </form>
  )
}

/** What may befall a host, its wire and its processes, each with what it means. */
export function HostMenu({ lab, frame }: { readonly lab: Lab; readonly frame: HostFrame }): VNode {
  const over = lab.isOver.value
  return (
    <details class="deeds">
      <summary>Break something on {frame.host.name}</summary>
      <ul>
        {deedsOf(frame).map(({ words, label, meaning }) => (
          <li key={words}>
            <button type="button" class="button" disabled={over} onClick={() => lab.act(words)}>
              {label}
            </button>
            <span class="quiet">{meaning}</span>
          </li>
        ))}
      </ul>
      <SysctlField lab={lab} host={frame.host.name} />
    </details>
  )
}
