import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { goTo, route } from '../../router.ts'
import { fetched } from '../../ui/fetched.tsx'
import type { HostFeed } from '../feed.ts'

const ConnectionPage = fetched(
  'The page of a connection',
  async () => (await import('./connection-page.tsx')).ConnectionPage,
)

/** The page of the connection that the address names. */
export function ConnectionGate({ feed, cookie }: { readonly feed: HostFeed; readonly cookie: string }): VNode {
  useEffect(() => {
    feed.selectedKey.value = cookie
    return () => {
      // The table knows its rows by their keys.
      feed.selectedKey.value = feed.selected.peek()?.key ?? null
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.host-all:not([hidden]) .grid')?.focus())
    }
  }, [feed, cookie])
  return <ConnectionPage feed={feed} cookie={cookie} onLeave={leave} />
}

function leave(): void {
  goTo({ view: 'host', item: '', params: route.peek().params })
}
