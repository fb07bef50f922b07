import type { VNode } from 'preact'
import { formatCount } from '../ui/format.ts'
import { Pure } from '../ui/pure.ts'
import { StateName } from '../ui/state-mark.tsx'
import { ageText, COLUMNS } from './columns.tsx'
import type { GroupItem, RowItem, ViewItem } from './view.ts'

interface GridRowProps {
  /** Missing while the worker still fetches this stretch. */
  readonly item: ViewItem | undefined
  readonly index: number
  /** Distance from the first row, px. */
  readonly top: number
  readonly active: boolean
  /** Whether this is the row whose details are shown. */
  readonly selected: boolean
  /** ms since 1970: when the table was read. */
  readonly now: number
  readonly onChoose: (index: number) => void
}

/** Its name and size, then what the rows below it have in the same columns: queues, states, the longest stay. */
function Group({ item, now }: { readonly item: GroupItem; readonly now: number }): VNode {
  return (
    <>
      <div class="group-cell group-name" role="gridcell" aria-colspan={2}>
        <svg class="chevron" data-open={item.open} viewBox="0 0 12 12" aria-hidden="true">
          <path d="M4 2.500L8 6L4 9.500" />
        </svg>
        <span class="group-label">{item.label}</span>
        <span class="group-count">{formatCount(item.count)}</span>
      </div>
      <div class="cell" role="gridcell" data-column="recvq" data-numeric="true">
        {formatCount(item.recvQueue)}
      </div>
      <div class="cell" role="gridcell" data-column="sendq" data-numeric="true">
        {formatCount(item.sendQueue)}
      </div>
      <div class="group-cell group-states" role="gridcell" aria-colspan={4}>
        {item.states.map(({ state, count }) => (
          <span key={state} class="group-state">
            <StateName state={state} /> <span class="group-state-count">{formatCount(count)}</span>
          </span>
        ))}
      </div>
      <div class="cell" role="gridcell" data-column="since" data-numeric="true">
        {ageText(item, now)}
      </div>
    </>
  )
}

function Cells({ item, now }: { readonly item: RowItem; readonly now: number }): VNode {
  return <>{COLUMNS.map((column) => column.cell(item, { now }))}</>
}

/**
 * One line of the table: a socket, the heading of a group, or a line that is still on its way. It is drawn again only when
 * something of its own has changed: scrolling then costs the rows that come into sight, not all of them.
 */
export class GridRow extends Pure<GridRowProps> {
  render({ item, index, top, active, selected, now, onChoose }: GridRowProps): VNode {
    return (
      // The grid itself has the focus and the keys; a click on a row is the pointer's way to the same.
      <div
        id={`socket-${index}`}
        class="grid-row"
        role="row"
        aria-rowindex={index + 2}
        aria-selected={item?.kind === 'row' ? selected : undefined}
        aria-level={item?.kind === 'group' ? 1 : undefined}
        aria-expanded={item?.kind === 'group' ? item.open : undefined}
        data-kind={item?.kind ?? 'waiting'}
        data-active={active}
        data-change={item?.kind === 'row' ? item.change : undefined}
        style={{ transform: `translateY(${top}px)` }}
        onClick={() => onChoose(index)}
      >
        {item === undefined && (
          <div class="cell quiet" role="gridcell">
            …
          </div>
        )}
        {item?.kind === 'group' && <Group item={item} now={now} />}
        {item?.kind === 'row' && <Cells item={item} now={now} />}
      </div>
    )
  }
}
