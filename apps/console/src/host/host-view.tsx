import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { openHostFeed } from './feed.ts'
import { FindingDetails } from './finding-details.tsx'
import { FindingStrip } from './finding-strip.tsx'
import { HostHeading } from './host-heading.tsx'
import { HostToolbar } from './host-toolbar.tsx'
import { SocketDetails } from './socket-details.tsx'
import { SocketGrid } from './socket-grid.tsx'
import { StateStrip } from './state-strip.tsx'

/** The machine's real sockets, as they are this second. */
export function HostView({ hidden }: { readonly hidden: boolean }): VNode {
  const feed = useMemo(openHostFeed, [])
  return (
    <main class="host" id={hidden ? undefined : 'main'} hidden={hidden} aria-label="Host">
      <HostHeading feed={feed} />
      <StateStrip feed={feed} />
      <FindingStrip feed={feed} />
      <HostToolbar feed={feed} />
      <div class="host-body">
        <SocketGrid feed={feed} />
        <SocketDetails feed={feed} />
        <FindingDetails feed={feed} />
      </div>
    </main>
  )
}
