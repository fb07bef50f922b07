import type { SocketRow } from 'lastack/inspect'
import type { VNode } from 'preact'

/** A call that somebody may make for the program, in the words of the library's acts after `HOST PID FD`. */
interface CallChoice {
  readonly call: string
  readonly words: (target: string) => string
  readonly meaning: string
}

const CALLS: readonly CallChoice[] = [
  {
    call: 'close()',
    words: (target) => `close ${target}`,
    meaning: 'Done with it both ways: a FIN, or a RST if something is unread.',
  },
  {
    call: 'shutdown(SHUT_WR)',
    words: (target) => `shutdown ${target} write`,
    meaning: 'Nothing more to send: a FIN; it may still receive.',
  },
  {
    call: 'shutdown(SHUT_RD)',
    words: (target) => `shutdown ${target} read`,
    meaning: 'Reads no more. The peer is not told.',
  },
  { call: 'send() 100 octets', words: (target) => `send ${target} 100`, meaning: 'Data, as far as the window allows.' },
  { call: 'send() 64 KB', words: (target) => `send ${target} 65536`, meaning: 'More than one window takes at once.' },
  {
    call: 'SO_LINGER {1, 0}',
    words: (target) => `setsockopt ${target} SO_LINGER 0`,
    meaning: 'From now on close() sends a RST and throws away what is queued.',
  },
  {
    call: 'SO_KEEPALIVE',
    words: (target) => `setsockopt ${target} SO_KEEPALIVE 1`,
    meaning: 'Asks a silent peer after two hours whether it lives.',
  },
  {
    call: 'TCP_NODELAY',
    words: (target) => `setsockopt ${target} TCP_NODELAY 1`,
    meaning: 'Small writes go out at once.',
  },
  {
    call: 'TCP_USER_TIMEOUT 5 s',
    words: (target) => `setsockopt ${target} TCP_USER_TIMEOUT 5000`,
    meaning: 'Gives up when data is not acknowledged for five seconds.',
  },
]

/** Whose sockets they are, and what makes a call on them. */
export interface SocketCalls {
  readonly host: string
  /** False: the run is over, and takes no more calls. */
  readonly isOn: boolean
  readonly act: (words: string) => void
}

interface CallMenuProps extends SocketCalls {
  readonly row: SocketRow
}

/** Calls on a socket, made for the program that holds it. */
export function CallMenu({ host, row, isOn, act }: CallMenuProps): VNode | null {
  const owner = row.owners?.[0]
  if (owner === undefined || row.netid !== 'tcp') return null
  const target = `${host} ${owner.pid} ${owner.fd}`
  const calls = row.state === 'LISTEN' ? CALLS.slice(0, 1) : CALLS
  return (
    <details class="deeds">
      <summary>
        Call on fd {owner.fd} of {owner.command}
      </summary>
      <ul>
        {calls.map(({ call, words, meaning }) => (
          <li key={call}>
            <button type="button" class="button" disabled={!isOn} onClick={() => act(words(target))}>
              {call}
            </button>
            <span class="quiet">{meaning}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
