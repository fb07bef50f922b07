import { type Signal, useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useCallback, useEffect, useRef } from 'preact/hooks'
import { goTo, route, setParams } from '../router.ts'
import { Pure } from '../ui/pure.ts'
import { useMedia } from '../ui/use-media.ts'
import { useVirtual } from '../ui/use-virtual.ts'
import { COLUMNS, type Column, SORT_WORDS } from './columns.tsx'
import { connectionRoute } from './connection/connection-route.ts'
import type { HostFeed } from './feed.ts'
import { GridRow } from './grid-row.tsx'
import { beginsLargest, type HostQuery, paramsOf, queryOf, type SortKey } from './query.ts'
import { useSlots } from './use-slots.ts'
import { useSpread } from './use-spread.ts'
import type { GroupItem, RowItem, TableWindow, ViewItem } from './view.ts'

const ROW_HEIGHT = 28
const NARROW_ROW_HEIGHT = 58
const HEAD_HEIGHT = 30
/** The worker is told where one is in steps of this many rows, not of each row that scrolls by. */
const STEP = 8
/** Lines that are asked for before it is known how many are in sight. */
const LINES_AT_FIRST = 40

function itemAt(shown: TableWindow | null, index: number): ViewItem | undefined {
  return shown?.items[index - shown.from]
}

/** Opens or closes one group. Closing one while all are open leaves the others open, as far as they are known. */
function toggleGroup(query: HostQuery, group: GroupItem, shown: TableWindow): void {
  const known = query.open.includes('*')
    ? shown.items.flatMap((item) => (item.kind === 'group' ? [item.key] : []))
    : query.open
  const open = group.open ? known.filter((key) => key !== group.key) : [...known, group.key]
  setParams(paramsOf({ open }))
}

interface HeadProps {
  readonly column: Column
  /** What it sorts by: where rows are gathered, the second column has the sizes of the groups. */
  readonly sorts: SortKey
  /** Whether the table is sorted by it. */
  readonly sorted: boolean
  readonly descending: boolean
}

class Head extends Pure<HeadProps> {
  render({ column, sorts, sorted, descending }: HeadProps): VNode {
    const direction = descending ? 'descending' : 'ascending'
    return (
      <div
        class="cell"
        role="columnheader"
        data-column={column.key}
        data-numeric={column.numeric || sorts === 'size'}
        aria-sort={sorted ? direction : 'none'}
      >
        <button
          type="button"
          class="head-button"
          onClick={() => {
            setParams(paramsOf({ sort: sorts, descending: sorted ? !descending : beginsLargest(sorts) }))
          }}
        >
          {SORT_WORDS[sorts]}
          <span class="sort-arrow" aria-hidden="true">
            {sorted ? (descending ? '↓' : '↑') : ''}
          </span>
        </button>
      </div>
    )
  }
}

function Heads({ query }: { readonly query: HostQuery }): VNode {
  return (
    <>
      {COLUMNS.map((column) => {
        const sorts = column.key === 'netid' && query.grouping !== 'none' ? 'size' : column.key
        const sorted = query.sort === sorts
        return <Head key={column.key} column={column} sorts={sorts} sorted={sorted} descending={query.descending} />
      })}
    </>
  )
}

/** What stands in place of rows when there are none. */
function Nothing({ feed, query }: { readonly feed: HostFeed; readonly query: HostQuery }): VNode | null {
  const shown = feed.window.value
  if (shown === null) return <p class="nothing">Waiting for the first reading of the sockets…</p>
  if (shown.length > 0) return null
  const filtered = query.text !== '' || query.states.length > 0
  return <p class="nothing">{filtered ? 'No socket passes the filters.' : 'This machine has no such socket.'}</p>
}

/** The keys of the grid: where the active row goes. */
const MOVES: Readonly<Record<string, (at: number, page: number, last: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  PageDown: (at, page) => at + page,
  PageUp: (at, page) => at - page,
  Home: () => 0,
  End: (_at, _page, last) => last,
}

/** The active row of the grid, and what choosing a row does. */
interface GridCursor {
  readonly active: Signal<number>
  readonly choose: (index: number) => void
}

function useCursor(feed: HostFeed): GridCursor {
  const active = useSignal(-1)
  // One function for the life of the grid, or every row would be drawn again at each scroll.
  const choose = useCallback(
    (index: number): void => {
      const shown = feed.window.peek()
      const item = itemAt(shown, index)
      active.value = index
      if (item?.kind === 'group' && shown !== null) toggleGroup(queryOf(route.peek().params), item, shown)
      else if (item?.kind === 'row') feed.selectedKey.value = feed.selectedKey.peek() === item.key ? null : item.key
    },
    [feed, active],
  )
  return { active, choose }
}

/** A second Enter on a row leads to the page of its connection, if it has one. */
function openPage({ row }: RowItem): void {
  const address = connectionRoute(row)
  if (address !== undefined) goTo(address)
}

/** Does what a key asks for; false: the key means nothing here. */
function pressKey(
  key: string,
  feed: HostFeed,
  { active, choose }: GridCursor,
  page: number,
  go: (to: number) => void,
): boolean {
  const shown = feed.window.peek()
  const count = shown?.length ?? 0
  const item = itemAt(shown, active.peek())
  const move = MOVES[key]
  if (move !== undefined && count > 0) go(Math.min(Math.max(move(active.peek(), page, count - 1), 0), count - 1))
  else if (key === 'Enter' && item?.kind === 'row' && item.key === feed.selectedKey.peek()) openPage(item)
  else if (key === 'Enter' || key === ' ') choose(active.peek())
  else if (key === 'Escape') feed.selectedKey.value = null
  else if (item?.kind === 'group' && (key === 'ArrowRight' || key === 'ArrowLeft')) {
    if ((key === 'ArrowRight') !== item.open) choose(active.peek())
  } else return false
  return true
}

/** The table of sockets: virtual, sorted and gathered by the worker, with one active row that the arrow keys move. */
export function SocketGrid({ feed }: { readonly feed: HostFeed }): VNode {
  const scroller = useRef<HTMLDivElement>(null)
  const narrow = useMedia('(max-width: 760px)')
  const rowHeight = narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT
  const query = queryOf(route.value.params)
  const shown = feed.window.value
  const count = shown?.length ?? 0
  const cursor = useCursor(feed)
  const { active, choose } = cursor
  const list = useVirtual({ scroller, count, rowHeight, headHeight: narrow ? 0 : HEAD_HEIGHT })

  const first = list.items[0]?.index ?? 0
  const from = Math.floor(first / STEP) * STEP
  const to = from + STEP + Math.max(list.items.length, LINES_AT_FIRST)
  useEffect(() => feed.show(from, to), [feed, from, to])
  const slots = useSlots(first, list.items.length, count, list.isScrolling)
  const lineAt = useSpread(shown, first, list.items.length)

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2)
    const known = pressKey(event.key, feed, cursor, page, (to) => {
      active.value = to
      list.scrollTo(to)
    })
    if (known) event.preventDefault()
  }
  const activeId = slots.some(({ index }) => index === active.value) ? `socket-${active.value}` : undefined

  return (
    <div class="grid-frame">
      <div
        ref={scroller}
        class="grid"
        role={query.grouping === 'none' ? 'grid' : 'treegrid'}
        aria-label="Sockets"
        aria-rowcount={count + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={activeId}
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        <div class="grid-head" role="row" aria-rowindex={1}>
          <Heads query={query} />
        </div>
        <div class="grid-rows" role="rowgroup" style={{ height: `${list.totalHeight}px` }}>
          {slots.map(({ slot, index }) => {
            const { item, now } = lineAt(index)
            return (
              <GridRow
                key={slot}
                item={item}
                index={index}
                top={index * rowHeight}
                active={index === active.value}
                selected={item?.key === feed.selectedKey.value && item?.kind === 'row'}
                now={now}
                onChoose={choose}
              />
            )
          })}
        </div>
        <Nothing feed={feed} query={query} />
      </div>
    </div>
  )
}
