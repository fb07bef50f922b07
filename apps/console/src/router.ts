import { type ReadonlySignal, signal } from '@preact/signals'

type View = 'host' | 'lab' | 'claims' | 'capture'

/** True in the static site of the lab: there is no server there that could tell of a host. */
export const LAB_ONLY: boolean = import.meta.env.MODE === 'lab'

/** Every view that this console has, in the order of the tabs. */
export const VIEW_NAMES: readonly View[] = LAB_ONLY
  ? ['lab', 'claims', 'capture']
  : ['host', 'lab', 'claims', 'capture']

/**
 * Where the page is, kept in the address behind the #: `#/host?state=CLOSE-WAIT`, `#/lab/plain-close?seed=7`. Every view
 * reads its state from here, so that what is seen can be linked, and Back takes it back.
 */
export interface Route {
  readonly view: View
  /** What follows the view: a scenario's or claim's id in the lab, a claim's among the claims, a connection's cookie on the host. */
  readonly item: string
  readonly params: ReadonlyMap<string, string>
  /** The view that the address asks for, where there is none of that name: the first one is shown instead. */
  readonly unknown?: string | undefined
}

/** Where one arrives without an address. */
const FIRST_VIEW: View = LAB_ONLY ? 'lab' : 'host'

/** Reads an address's hash. A view that it does not know leads to the first one, and is told. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [view = '', item = ''] = path.split('/')
  const known = VIEW_NAMES.find((name) => name === view)
  if (known === undefined) {
    return { view: FIRST_VIEW, item: '', params: new Map(), ...(view === '' ? {} : { unknown: decoded(view) }) }
  }
  return { view: known, item: known === 'capture' ? '' : decoded(item), params: new Map(new URLSearchParams(query)) }
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
  const { view, item } = current.value
  const next: Route = { view, item, params }
  history.replaceState(null, '', formatRoute(next))
  heard = location.hash
  current.value = next
}
