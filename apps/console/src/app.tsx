import { useSignal, useSignalEffect } from '@preact/signals'
import type { VNode } from 'preact'
import { CaptureView } from './capture/capture-view.tsx'
import { HostView } from './host/host-view.tsx'
import { LabView } from './lab/lab-view.tsx'
import { formatRoute, type Route, route } from './router.ts'
import { nextTheme, type Theme, theme } from './theme.ts'

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' }

const TITLES: Readonly<Record<Route['view'], string>> = { host: 'Host', lab: 'Lab', capture: 'Capture' }

function Tab({ view, children }: { readonly view: Route['view']; readonly children: string }): VNode {
  const here = route.value.view === view
  return (
    <a
      class="tab"
      href={formatRoute({ view, item: '', params: new Map() })}
      aria-current={here ? 'page' : undefined}
      onClick={(event) => {
        // The tab of the view one is in would only throw the filters away.
        if (here) event.preventDefault()
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

/** True in the static site of the lab: there is no server there that could tell of a host. */
const LAB_ONLY = import.meta.env.MODE === 'lab'

/** The frame: name, views, theme; and the view that the address asks for. */
export function App(): VNode {
  const { view } = route.value
  // A view that was opened goes on living when one looks at the other: the lab keeps its run, the host its place.
  const opened = useSignal<readonly Route['view'][]>([])
  useSignalEffect(() => {
    const { view: next } = route.value
    if (!opened.peek().includes(next)) opened.value = [...opened.peek(), next]
    document.title = `${TITLES[next]} · lastack`
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
          {!LAB_ONLY && <Tab view="host">Host</Tab>}
          <Tab view="lab">Lab</Tab>
          <Tab view="capture">Capture</Tab>
        </nav>
        <div class="bar-end">
          <ThemeButton />
        </div>
      </header>
      {!LAB_ONLY && opened.value.includes('host') && <HostView hidden={view !== 'host'} />}
      {opened.value.includes('capture') && <CaptureView hidden={view !== 'capture'} />}
      {opened.value.includes('lab') && <LabView hidden={view !== 'lab'} />}
    </>
  )
}
