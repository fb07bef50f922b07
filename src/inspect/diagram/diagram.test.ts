import { describe, expect, test } from 'vitest'
import { State, stateName, TRANSITIONS } from '../../tcp/index.ts'
import { columnCount } from '../format/text.ts'
import { TraceScript } from '../ladder/trace.testing.ts'
import { buildDiagram } from './build.ts'
import { stateDurations } from './durations.ts'
import { printDiagram } from './print.ts'

describe('the model', () => {
  const diagram = buildDiagram()

  test('has every state, and CLOSED twice', () => {
    expect(new Set(diagram.nodes.map((node) => node.state))).toEqual(new Set(Object.values(State)))
    expect(diagram.nodes).toHaveLength(Object.keys(State).length + 1)
  })

  test('has every transition once: drawn as an arrow, or among those left out', () => {
    expect([...diagram.edges.map((edge) => edge.transition), ...diagram.undrawn].sort(byEnds)).toEqual(
      [...TRANSITIONS].sort(byEnds),
    )
  })

  test('lines run straight, begin beside the box they leave and end beside the box they enter', () => {
    for (const edge of diagram.edges) {
      for (const [i, point] of edge.path.slice(1).entries()) {
        const before = edge.path[i] as typeof point
        expect([point.x === before.x, point.y === before.y].filter(Boolean)).toHaveLength(1)
      }
      const touches = (id: string, at: { x: number; y: number } | undefined): boolean => {
        const box = diagram.nodes.find((node) => node.id === id)
        if (box === undefined || at === undefined) return false
        const beside =
          at.y > box.y && at.y < box.y + box.height - 1 && (at.x === box.x - 1 || at.x === box.x + box.width)
        const over = at.x > box.x && at.x < box.x + box.width - 1 && (at.y === box.y - 1 || at.y === box.y + box.height)
        return beside || over
      }
      expect([edge.transition.event, touches(edge.from, edge.path[0]), touches(edge.to, edge.path.at(-1))]).toEqual([
        edge.transition.event,
        true,
        true,
      ])
    }
  })

  test('words lie on no box, no line and no other words', () => {
    const taken = new Map<string, string>()
    const take = (x: number, y: number, by: string): void => {
      expect([x, y, by, taken.get(`${x} ${y}`)]).toEqual([x, y, by, undefined])
      taken.set(`${x} ${y}`, by)
    }
    for (const box of diagram.nodes) {
      for (let y = box.y; y < box.y + box.height; y++)
        for (let x = box.x; x < box.x + box.width; x++) take(x, y, box.id)
    }
    const lines = new Set<string>()
    for (const { path } of diagram.edges) {
      for (const [i, to] of path.slice(1).entries()) {
        const from = path[i] as typeof to
        for (let x = Math.min(from.x, to.x); x <= Math.max(from.x, to.x); x++) {
          for (let y = Math.min(from.y, to.y); y <= Math.max(from.y, to.y); y++) lines.add(`${x} ${y}`)
        }
      }
    }
    for (const { label, transition } of diagram.edges) {
      for (const [i, line] of label.lines.entries()) {
        for (let column = 0; column < line.length; column++) {
          take(label.x + column, label.y + i, transition.event)
          expect(lines.has(`${label.x + column} ${label.y + i}`)).toBe(false)
        }
      }
    }
  })
})

function byEnds(a: { from: State; to: State }, b: { from: State; to: State }): number {
  return a.from - b.from || a.to - b.to
}

describe('the print', () => {
  const columns = (text: string): number => Math.max(...text.split('\n').map(columnCount))

  test('fits 80 columns and names all', () => {
    const text = printDiagram()
    expect(columns(text)).toBeLessThanOrEqual(80)
    for (const state of Object.values(State)) expect(text).toContain(stateName(state))
    for (const { event } of TRANSITIONS)
      expect(text.replaceAll('\n', ' ')).toContain(event.split(' ').slice(0, 2).join(' '))
  })

  test('where a connection is and has been is told by the borders', () => {
    const text = printDiagram({
      current: State.CLOSE_WAIT,
      visited: new Set([State.CLOSED, State.LISTEN, State.SYN_RECEIVED, State.ESTABLISHED, State.CLOSE_WAIT]),
    })
    expect(text).toContain('║  CLOSE-WAIT  ║')
    expect(text).toContain('┃ ESTABLISHED  ┃')
    expect(text).toContain('│   SYN-SENT   │')
    expect(text).toContain('╔═╗ now in CLOSE-WAIT   ┏━┓ has been there')
    expect(text.match(/CLOSED {4}[┃│]/g)).toEqual(['CLOSED    ┃', 'CLOSED    │'])
  })

  test('CLOSED is its second box once there has been a connection', () => {
    expect(printDiagram({ current: State.CLOSED }).match(/[║│] {4}CLOSED/g)).toEqual(['║    CLOSED', '│    CLOSED'])
    const after = printDiagram({ current: State.CLOSED, visited: new Set([State.CLOSED, State.ESTABLISHED]) })
    expect(after.match(/[║┃│] {4}CLOSED/g)).toEqual(['┃    CLOSED', '║    CLOSED'])
  })

  test('ASCII and colour', () => {
    expect(printDiagram({ ascii: true, current: State.LISTEN })).toMatch(/#== *|#=+#/)
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')
    const coloured = printDiagram({ colour: true, current: State.LISTEN })
    expect(coloured.replace(escapes, '')).toBe(printDiagram({ current: State.LISTEN }))
  })

  test('a page too narrow for the figure gets a table', () => {
    const text = printDiagram({ width: 70 })
    expect(columns(text)).toBeLessThanOrEqual(70)
    expect(text.split('\n')).toContain('LAST-ACK      CLOSED        rcv ACK of FIN')
  })
})

test('how long each connection was in each state', () => {
  const { events } = new TraceScript()
    .handshake(0)
    .state(1000, 1, 'ESTABLISHED', 'CLOSE_WAIT')
    .state(5000, 1, 'CLOSE_WAIT', 'LAST_ACK')
  const stays = stateDurations(events, 6_000_000).filter((stay) => stay.host === 1)
  expect(stays).toEqual([
    { host: 1, conn: 7, state: State.SYN_RECEIVED, start: 10_000, end: 30_000, isOpen: false },
    { host: 1, conn: 7, state: State.ESTABLISHED, start: 30_000, end: 1_000_000, isOpen: false },
    { host: 1, conn: 7, state: State.CLOSE_WAIT, start: 1_000_000, end: 5_000_000, isOpen: false },
    { host: 1, conn: 7, state: State.LAST_ACK, start: 5_000_000, end: 6_000_000, isOpen: true },
  ])
})
