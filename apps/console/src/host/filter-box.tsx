import { type Signal, useSignal } from '@preact/signals'
import type { SearchProblem } from 'lastack/inspect'
import type { RefObject, VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { route, setParams } from '../router.ts'
import type { HostFeed } from './feed.ts'
import { paramsOf } from './query.ts'
import type { Completion } from './view.ts'

const LIST_ID = 'filter-completions'
const HELP_ID = 'filter-help'

/** `/` leads to the filter from anywhere, as in a pager; not while one types elsewhere. */
function useSlash(input: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const typing =
        event.target instanceof HTMLInputElement && event.target.type !== 'radio' && event.target.type !== 'checkbox'
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
      if (route.value.view !== 'host') return
      event.preventDefault()
      input.current?.select()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [input])
}

/** Points at the characters that cannot be understood, below the box, and says what could have stood there. */
function Problem({ problem, scrolled }: { readonly problem: SearchProblem; readonly scrolled: number }): VNode {
  const { start, length } = problem.span
  const pointer = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (pointer.current !== null) pointer.current.scrollLeft = scrolled
  }, [scrolled, start, length])
  return (
    <p class="filter-problem" role="status">
      <span ref={pointer} class="filter-pointer" aria-hidden="true">
        {' '.repeat(start)}
        {'^'.repeat(Math.max(1, length))}
        {' '.repeat(200)}
      </span>
      <span>
        <strong>Not applied</strong> from character {start + 1} on: expected {problem.expected}.
      </span>
    </p>
  )
}

interface CompletionListProps {
  readonly items: readonly Completion[]
  readonly active: number
  readonly onChoose: (item: Completion) => void
}

function CompletionList({ items, active, onChoose }: CompletionListProps): VNode {
  return (
    <div id={LIST_ID} class="completions" role="listbox" aria-label="What may be typed next">
      {items.map((item, index) => (
        // The input keeps the focus and has the keys; the pointer chooses before the input would lose it.
        <div
          key={item.text}
          id={`${LIST_ID}-${index}`}
          class="completion"
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          onPointerDown={(event) => {
            event.preventDefault()
            onChoose(item)
          }}
        >
          <span class="mono">{item.text}</span>
          <span class="quiet">{item.meaning}</span>
        </div>
      ))}
    </div>
  )
}

/** Whether the mistake may be only that one has not finished typing. */
function isUnfinished(problem: SearchProblem, text: string, items: readonly Completion[]): boolean {
  const { start, length } = problem.span
  return length === 0 || (start + length === text.trimEnd().length && items.length > 0)
}

interface Typing {
  readonly open: Signal<boolean>
  /** Whether one has asked, by an arrow, for what may come next. */
  readonly browsing: Signal<boolean>
  readonly active: Signal<number>
}

/** What keys do while completions are offered; false: nothing of ours. */
function pressKey(
  key: string,
  items: readonly Completion[],
  { open, browsing, active }: Typing,
  choose: () => void,
): boolean {
  if (key === 'ArrowDown' || key === 'ArrowUp') {
    if (open.value && items.length > 0) {
      const next = active.value + (key === 'ArrowDown' ? 1 : -1)
      active.value = next < -1 ? items.length - 1 : next >= items.length ? -1 : next
    }
    open.value = true
    browsing.value = true
    return true
  }
  if (!open.value) return false
  if ((key === 'Enter' || key === 'Tab') && active.value >= 0) {
    choose()
    return true
  }
  if (key === 'Escape' || key === 'Enter') {
    open.value = false
    return key === 'Escape'
  }
  return false
}

/** The input: a combobox, whose list what may be typed next stands in. */
function Input({ box, text, wrong }: { readonly box: Box; readonly text: string; readonly wrong: boolean }): VNode {
  const { input, items, open, active } = box
  const activeId = active.value >= 0 && active.value < items.length ? `${LIST_ID}-${active.value}` : undefined
  return (
    <input
      ref={input}
      type="text"
      role="combobox"
      aria-label="Filter the sockets by text"
      aria-autocomplete="list"
      aria-expanded={items.length > 0}
      aria-controls={LIST_ID}
      aria-activedescendant={activeId}
      aria-describedby={HELP_ID}
      aria-invalid={wrong}
      placeholder="Filter: nginx, :443, state close-wait"
      spellcheck={false}
      autocomplete="off"
      autocapitalize="off"
      value={text}
      onInput={(event) => {
        open.value = true
        box.browsing.value = false
        active.value = -1
        setParams(paramsOf({ text: event.currentTarget.value }))
        box.ask()
      }}
      onFocus={() => {
        // With nothing typed yet one is told what may be: later that would only be in the way.
        open.value = text === ''
        box.ask()
      }}
      onBlur={() => {
        open.value = false
      }}
      onScroll={box.ask}
      onKeyUp={(event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') box.ask()
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowDown' && !open.value) box.ask()
        if (pressKey(event.key, items, box, () => box.choose(items[active.value]))) event.preventDefault()
      }}
    />
  )
}

/** What the parts of the search share. */
interface Box extends Typing {
  readonly input: RefObject<HTMLInputElement | null>
  readonly items: readonly Completion[]
  readonly scrolled: Signal<number>
  /** Has the worker say what may be typed at the caret. */
  readonly ask: () => void
  readonly choose: (item: Completion | undefined) => void
}

function useBox(feed: HostFeed): Box {
  const input = useRef<HTMLInputElement>(null)
  const open = useSignal(false)
  const browsing = useSignal(false)
  const active = useSignal(-1)
  const scrolled = useSignal(0)
  const completions = feed.completions.value
  const ask = (): void => {
    const { current } = input
    if (current === null) return
    feed.complete(current.value, current.selectionStart ?? current.value.length)
    scrolled.value = current.scrollLeft
  }
  const choose = (item: Completion | undefined): void => {
    const { current } = input
    if (current === null || item === undefined || completions === null) return
    const { start, length } = completions.span
    const rest = current.value.slice(start + length)
    const before = `${current.value.slice(0, start)}${item.text}${rest.startsWith(' ') ? '' : ' '}`
    current.value = before + rest
    current.setSelectionRange(before.length, before.length)
    active.value = -1
    browsing.value = false
    setParams(paramsOf({ text: current.value }))
    ask()
  }
  const isOffered = open.value && completions !== null && (!completions.isOpening || browsing.value)
  return { input, open, browsing, active, scrolled, ask, choose, items: isOffered ? completions.items : [] }
}

/** The search: plain words and the filter language of ss in one box, with what may be typed next and what is wrong. */
export function FilterBox({ feed, text }: { readonly feed: HostFeed; readonly text: string }): VNode {
  const box = useBox(feed)
  const { items, open, active, scrolled } = box
  useSlash(box.input)
  const told = feed.summary.value?.problem ?? null
  const problem = told !== null && open.value && isUnfinished(told, text, items) ? null : told
  return (
    <div class="filter-box">
      <div class="filter-field">
        <Input box={box} text={text} wrong={problem !== null} />
        <kbd title="The key / leads here">/</kbd>
      </div>
      {problem !== null && <Problem problem={problem} scrolled={scrolled.value} />}
      <div class="filter-below" data-open={open.value && (items.length > 0 || text === '')}>
        {items.length > 0 && <CompletionList items={items} active={active.value} onChoose={box.choose} />}
        <p id={HELP_ID} class="filter-help">
          A word finds what any row shows; <code>!word</code> leaves it out. Between words goes the filter of{' '}
          <code>ss</code>: <code>state close-wait and dport = :443</code>. A word in <code>"quotes"</code> is never a
          keyword.
        </p>
      </div>
    </div>
  )
}
