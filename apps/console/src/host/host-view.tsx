import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { useMedia } from '../ui/use-media.ts'
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
  return (
    <main class="host" id={hidden ? undefined : 'main'} hidden={hidden} aria-label="Host">
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
      <HealPlace />
    </main>
  )
}
