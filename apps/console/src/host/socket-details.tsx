import type { VNode } from 'preact'
import { formatRoute } from '../router.ts'
import { STATE_WORDS } from '../states.ts'
import { CloseButton } from '../ui/close-button.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { prose } from '../ui/prose.tsx'
import { StateName } from '../ui/state-mark.tsx'
import { ageText } from './columns.tsx'
import { connectionRoute } from './connection/connection-route.ts'
import { Fact } from './fact.tsx'
import type { HostFeed } from './feed.ts'
import { HealButtons } from './heal/heal-buttons.tsx'
import type { RowItem, SocketView } from './view.ts'
import { endpointText, timerText } from './words.ts'

function OwnersInFull({ row }: { readonly row: SocketView }): VNode {
  if (row.owners === undefined) return <span class="unseen">not visible from here</span>
  if (row.owners.length === 0) return <span>none: no process holds it</span>
  return (
    <ul>
      {row.owners.map((owner) => (
        <li key={`${owner.pid} ${owner.fd}`}>
          {owner.command}{' '}
          <span class="quiet">
            pid {owner.pid}, fd {owner.fd}
          </span>
        </li>
      ))}
    </ul>
  )
}

function Memory({ row }: { readonly row: SocketView }): VNode | null {
  const { memory } = row
  if (memory === undefined) return null
  return (
    <>
      <Fact name="Receive memory">
        {formatCount(memory.rmemAlloc)} of {formatCount(memory.rcvbuf)} B
      </Fact>
      <Fact name="Send memory">
        {formatCount(memory.wmemQueued)} of {formatCount(memory.sndbuf)} B
      </Fact>
      <Fact name="Drops">{formatCount(memory.drops)}</Fact>
    </>
  )
}

function Queues({ row }: { readonly row: SocketView }): VNode {
  if (row.state === 'LISTEN') {
    return (
      <Fact name="Accept queue">
        {plural(row.recvQueue, 'connection')} waiting, limit {formatCount(row.sendQueue)}
      </Fact>
    )
  }
  return (
    <>
      <Fact name="Recv-Q">
        {/* Linux counts the peer's FIN as one octet until the program has read the end of file. */}
        {row.state === 'CLOSE-WAIT' && row.recvQueue === 1
          ? '1: only the end of file is not read'
          : `${plural(row.recvQueue, 'octet')} not read`}
      </Fact>
      <Fact name="Send-Q">{plural(row.sendQueue, 'octet')} not acknowledged</Fact>
    </>
  )
}

interface SocketFactsProps {
  readonly feed: HostFeed
  readonly item: RowItem
  readonly gone: boolean
  readonly congestion?: string | undefined
}

/** The fields of a socket, and what may be done to it from here. */
export function SocketFacts({ feed, item, gone, congestion }: SocketFactsProps): VNode {
  return (
    <>
      <Facts item={item} now={feed.facts.value?.takenAt ?? item.since} congestion={congestion} />
      {feed.facts.value?.mayHeal === true && !gone && isHealable(item.row) && (
        <HealButtons cookies={[String(item.row.cookie)]} />
      )}
    </>
  )
}

interface FactsProps {
  readonly item: RowItem
  readonly now: number
  readonly congestion?: string | undefined
}

function Facts({ item, now, congestion }: FactsProps): VNode {
  const { row } = item
  return (
    <dl class="details-facts">
      {row.path !== undefined && <Fact name="Path">{row.path}</Fact>}
      {row.family !== 0 && <Fact name="Local">{endpointText(row.local)}</Fact>}
      {row.family !== 0 && <Fact name="Peer">{endpointText(row.peer)}</Fact>}
      <Fact name="In state">{ageText(item, now) || 'not known'}</Fact>
      <Fact name="Owner">
        <OwnersInFull row={row} />
      </Fact>
      <Queues row={row} />
      {row.timer !== undefined && <Fact name="Timer">{timerText(row.timer)}</Fact>}
      {congestion !== undefined && <Fact name="Congestion">{congestion}</Fact>}
      {row.uid !== undefined && <Fact name="User id">{row.uid}</Fact>}
      {row.inode !== undefined && <Fact name="Inode">{row.inode}</Fact>}
      {row.cookie !== undefined && <Fact name="Cookie">{String(row.cookie)}</Fact>}
      <Memory row={row} />
    </dl>
  )
}

/** A listener is not ended from a page: that ends a service. */
function isHealable({ netid, state, cookie }: SocketView): boolean {
  return netid === 'tcp' && state !== 'LISTEN' && cookie !== undefined && cookie !== 0n
}

/** Everything known of the chosen socket. */
export function SocketDetails({ feed }: { readonly feed: HostFeed }): VNode | null {
  const item = feed.selected.value
  if (item === null || feed.selectedKey.value === null) return null
  const gone = feed.selectedGone.value
  const { row } = item
  const address = connectionRoute(row)
  return (
    <aside class="details" aria-label="The chosen socket">
      <header class="details-head">
        <h2>
          <StateName state={row.state} /> <span class="quiet">{row.netid}</span>
        </h2>
        <CloseButton
          label="Close the details"
          onClick={() => {
            feed.selectedKey.value = null
            document.querySelector<HTMLElement>('.grid')?.focus()
          }}
        />
      </header>
      {gone ? (
        <p class="details-meaning" data-kind="gone">
          This socket is gone. What follows is how it was last seen.
        </p>
      ) : (
        <p class="details-meaning">{prose(STATE_WORDS[row.state].meaning)}</p>
      )}
      {address !== undefined && !gone && (
        <a class="button play-link" href={formatRoute(address)}>
          States, charts, ladder <kbd>Enter</kbd>
        </a>
      )}
      <SocketFacts feed={feed} item={item} gone={gone} />
    </aside>
  )
}
