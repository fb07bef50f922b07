import { useSignal, useSignalEffect } from '@preact/signals'
import type { ComponentType, VNode } from 'preact'
import { labWorker } from './lab/lab-worker.ts'
import { formatRoute, goTo, LAB_ONLY, type Route, route, VIEW_NAMES } from './router.ts'
import { nextTheme, type Theme, theme } from './theme.ts'

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' }

const TITLES: Readonly<Record<Route['view'], string>> = {
  host: 'Host',
  lab: 'Lab',
  claims: 'Claims',
  capture: 'Capture',
}

function Tab({ view, children }: { readonly view: Route['view']; readonly children: string }): VNode {
  const here = route.value.view === view
  return (
    <a
      class="tab"
      href={formatRoute({ view, item: '', params: new Map() })}
      aria-current={here ? 'page' : undefined}
      onClick={(event) => {
        if (!here) return
        // The tab of the view one is in would only throw the filters away; from one connection it leads back to all.
        event.preventDefault()
        if (view === 'host' && route.value.item !== '') goTo({ ...route.value, item: '' })
        // From an address that means no view it leads to that view's own.
        if (route.value.unknown !== undefined) goTo({ view, item: '', params: new Map() })
      }}
    >
      {children}
    </a>
  )
}

function ThemeButton(): VNode {
  const words = THEME_WORDS[theme.value]
  return (
    <button
      type="button"
      class="button bare"
      aria-label={`Colours: ${words}. Change`}
      onClick={() => {
        theme.value = nextTheme(theme.value)
      }}
    >
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.500" fill="none" stroke="currentColor" stroke-width="1.300" />
        {theme.value !== 'light' && <path d="M8 2.500a5.500 5.500 0 0 1 0 11z" fill="currentColor" />}
        {theme.value === 'dark' && <circle cx="8" cy="8" r="5.500" fill="currentColor" />}
      </svg>
      <span class="wide-only">{words}</span>
    </button>
  )
}

type View = ComponentType<{ readonly hidden: boolean }>

/** What each view is made of; it is fetched when one first goes there. */
const VIEWS: Readonly<Partial<Record<Route['view'], () => Promise<View>>>> = {
  ...(LAB_ONLY ? {} : { host: async () => (await import('./host/host-view.tsx')).HostView }),
  lab: async () => {
    labWorker()
    return (await import('./lab/lab-view.tsx')).LabView
  },
  claims: async () => (await import('./claims/claims-view.tsx')).ClaimsView,
  capture: async () => (await import('./capture/capture-view.tsx')).CaptureView,
}

/** A view that was opened, or why it cannot be. */
interface Opened {
  readonly name: Route['view']
  readonly View: View | null
}

function Missing({ view }: { readonly view: Route['view'] }): VNode {
  return (
    <main>
      <p class="banner" data-kind="bad" role="alert">
        {TITLES[view]} could not be fetched from the console’s server. Is it running? Then load the page anew.
      </p>
    </main>
  )
}

/** The address names a view that there is not: one line says so, and what there is. */
function Unknown({ name, view }: { readonly name: string; readonly view: Route['view'] }): VNode {
  return (
    <p class="banner notice" data-kind="warn" role="status">
      There is no view “{name}” here, only {VIEW_NAMES.map((known) => TITLES[known]).join(', ')}. This is {TITLES[view]}
      .
    </p>
  )
}

/** The frame: name, views, theme; and the view that the address asks for. */
export function App(): VNode {
  const { view, unknown } = route.value
  // A view that was opened goes on living when one looks at the other: the lab keeps its run, the host its place.
  const opened = useSignal<readonly Opened[]>([])
  useSignalEffect(() => {
    const { view: next } = route.value
    document.title = `${TITLES[next]} · lastack`
    if (opened.peek().some(({ name, View }) => name === next && View !== null)) return
    const open = (View: View | null): void => {
      opened.value = [...opened.peek().filter(({ name }) => name !== next), { name: next, View }]
    }
    // The server may have gone since the page was loaded.
    VIEWS[next]?.().then(open, () => open(null))
  })
  return (
    <>
      <button
        type="button"
        class="button skip"
        onClick={() => document.querySelector<HTMLElement>('main:not([hidden]) h1')?.focus()}
      >
        Skip to the content
      </button>
      <header class="bar">
        <p class="brand">
          <svg class="brand-mark" viewBox="0 0 20 20" aria-hidden="true">
            <path class="lanes" d="M4.500 1.500v17M15.500 1.500v17" />
            <path class="first" d="M4.500 4.500l11 3.500" />
            <path class="last" d="M15.500 11.500l-11 4" />
            <circle cx="4.500" cy="15.500" r="2" />
          </svg>
          lastack
        </p>
        <nav aria-label="Views">
          {VIEW_NAMES.map((name) => (
            <Tab key={name} view={name}>
              {TITLES[name]}
            </Tab>
          ))}
        </nav>
        <div class="bar-end">
          <ThemeButton />
        </div>
      </header>
      {unknown !== undefined && <Unknown name={unknown} view={view} />}
      {opened.value.map(({ name, View }) =>
        View === null ? (
          name === view && <Missing key={name} view={name} />
        ) : (
          <View key={name} hidden={name !== view} />
        ),
      )}
    </>
  )
}
