import { type ReadonlySignal, signal } from '@preact/signals'

/**
 * Where the page is, kept in the address behind the #: `#/host?state=CLOSE-WAIT`, `#/lab/plain-close?seed=7`. Every view
 * reads its state from here, so that what is seen can be linked, and Back takes it back.
 */
export interface Route {
  readonly view: 'host' | 'lab' | 'capture'
  /** What follows the view: the scenario's or claim's id in the lab, a connection's cookie on the host, otherwise empty. */
  readonly item: string
  readonly params: ReadonlyMap<string, string>
}

/** Where one arrives without an address: the static site of the lab has nothing else. */
const FIRST_VIEW: Route['view'] = import.meta.env.MODE === 'lab' ? 'lab' : 'host'

/** Reads an address's hash. What it does not know leads to the first view. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', item = ''] = path.split('/')
  const known = view === 'lab' || view === 'capture' ? view : FIRST_VIEW
  return {
    view: known,
    item: known === 'capture' ? '' : decoded(item),
    params: new Map(new URLSearchParams(query)),
  }
}

/** The hash of a route; parameters that are empty are left out. */
export function formatRoute(route: Route): string {
  const params = new URLSearchParams()
  for (const [name, value] of route.params) if (value !== '') params.set(name, value)
  // Colons, commas and slashes need no escape in a fragment; addresses stay readable without it.
  const query = params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('%2F', '/')
  const item = route.item === '' ? '' : `/${encodeURIComponent(route.item)}`
  return `#/${route.view}${item}${query === '' ? '' : `?${query}`}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone % in a typed address: take the text as it stands, it will match nothing and the view says so.
    return text
  }
}

const current = signal(parseRoute(location.hash))
/** The hash that the route was read from. */
let heard = location.hash
addEventListener('hashchange', () => {
  heard = location.hash
  current.value = parseRoute(heard)
})

/** The route that the address shows now. */
export const route: ReadonlySignal<Route> = current

/** Goes to another view or item; a step that Back undoes. */
export function goTo(next: Route): void {
  location.hash = formatRoute(next)
}

/** Changes parameters of the current view in place, without a step in the history: typing into a filter is no journey. */
export function setParams(changes: Readonly<Record<string, string>>): void {
  // The address leads elsewhere already, and the page is about to hear of it: what is meant for here must not call it back.
  if (location.hash !== heard) return
  const params = new Map(current.value.params)
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') params.delete(name)
    else params.set(name, value)
  }
  const next = { ...current.value, params }
  history.replaceState(null, '', formatRoute(next))
  heard = location.hash
  current.value = next
}
