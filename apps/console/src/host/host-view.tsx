import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { route } from '../router.ts'
import { useMedia } from '../ui/use-media.ts'
import { ConnectionGate } from './connection/connection-gate.tsx'
import { openHostFeed } from './feed.ts'
import { FindingDetails } from './finding-details.tsx'
import { FindingStrip } from './finding-strip.tsx'
import { HealPlace } from './heal/heal-buttons.tsx'
import { HostHeading } from './host-heading.tsx'
import { HostToolbar } from './host-toolbar.tsx'
import { SocketDetails } from './socket-details.tsx'
import { SocketGrid } from './socket-grid.tsx'
import { StateMap } from './state-map.tsx'
import { StateStrip } from './state-strip.tsx'

/** The machine's real sockets, as they are this second. */
export function HostView({ hidden }: { readonly hidden: boolean }): VNode {
  const feed = useMemo(openHostFeed, [])
  const hasMap = useMedia('(min-width: 761px) and (min-height: 640px)')
  const { view, item } = route.value
  const cookie = view === 'host' ? item : ''
  return (
    <main class="host" hidden={hidden} aria-label="Host" data-one={cookie !== ''}>
      {cookie !== '' && <ConnectionGate feed={feed} cookie={cookie} />}
      {/* Hidden, not gone: whoever comes back finds the table as it was left. */}
      <div class="host-all" hidden={cookie !== ''}>
        <HostHeading feed={feed} />
        <div class="host-top" data-map={hasMap}>
          {hasMap ? (
            <StateMap feed={feed} />
          ) : (
            <>
              <StateStrip feed={feed} />
              <details class="map-fold">
                <summary>State diagram</summary>
                <div class="map-fold-body">
                  <StateMap feed={feed} />
                </div>
              </details>
            </>
          )}
          <FindingStrip feed={feed} />
          <HostToolbar feed={feed} />
        </div>
        <div class="host-body">
          <SocketGrid feed={feed} />
          <SocketDetails feed={feed} />
          <FindingDetails feed={feed} />
        </div>
      </div>
      <HealPlace />
    </main>
  )
}
