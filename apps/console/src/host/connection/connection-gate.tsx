import { useSignal } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { goTo, route } from '../../router.ts'
import type { HostFeed } from '../feed.ts'

type Page = ComponentType<{ readonly feed: HostFeed; readonly cookie: string; readonly onLeave: () => void }>

/** The page of the connection that the address names; it is fetched when the first one is opened. */
export function ConnectionGate({ feed, cookie }: { readonly feed: HostFeed; readonly cookie: string }): VNode {
  const loaded = useSignal<{ readonly Page: Page | null } | null>(null)
  useEffect(() => {
    const load = async (): Promise<void> => {
      try {
        const { ConnectionPage } = await import('./connection-page.tsx')
        loaded.value = { Page: ConnectionPage }
      } catch {
        // The server has gone, or has another build now: the page says so, and what to do.
        loaded.value = { Page: null }
      }
    }
    void load()
  }, [loaded])
  useEffect(() => {
    feed.selectedKey.value = cookie
    return () => {
      // The table knows its rows by their keys.
      feed.selectedKey.value = feed.selected.peek()?.key ?? null
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.host-all:not([hidden]) .grid')?.focus())
    }
  }, [feed, cookie])
  if (loaded.value === null) return <p class="nothing">Loading…</p>
  const { Page } = loaded.value
  if (Page !== null) return <Page feed={feed} cookie={cookie} onLeave={leave} />
  return (
    <p class="banner" data-kind="bad" role="alert">
      The page of a connection could not be fetched from the console’s server. Is it running? Then load the page anew.
    </p>
  )
}

function leave(): void {
  goTo({ view: 'host', item: '', params: route.peek().params })
}
