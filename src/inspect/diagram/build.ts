import { assert } from '../../base/index.ts'
import { type State, stateName, TRANSITIONS, type Transition } from '../../tcp/index.ts'
import { wrap } from '../format/text.ts'
import { HEIGHT, NODES, ROUTES, type Route, WIDTH } from './layout.ts'
import type { Diagram, DiagramEdge, DiagramNode } from './model.ts'

/**
 * The state diagram, drawn from `TRANSITIONS`: every arrow that the table has drawn is in it with the table's words, and no other.
 * An arrow added to the table without a place for it in the figure is a bug, and found at once.
 */
export function buildDiagram(): Diagram {
  const drawn = TRANSITIONS.filter((transition) => transition.drawn)
  const edges = ROUTES.map((route) => edgeOf(route, drawn))
  for (const { from, to } of drawn) {
    const isRouted = edges.some(({ transition }) => transition.from === from && transition.to === to)
    assert(isRouted, `the state diagram has no place for ${stateName(from)} → ${stateName(to)}`)
  }
  return { width: WIDTH, height: HEIGHT, nodes: NODES, edges, undrawn: TRANSITIONS.filter((each) => !each.drawn) }
}

function edgeOf(route: Route, drawn: readonly Transition[]): DiagramEdge {
  const [from, to] = [stateOf(route.from), stateOf(route.to)]
  const transition = drawn.find((candidate) => candidate.from === from && candidate.to === to)
  assert(transition !== undefined, `the state diagram draws ${route.from} → ${route.to}, which is no transition`)
  const words = transition.action === '' ? [transition.event] : [transition.event, transition.action]
  const lines = words.flatMap((text) => wrap(text, route.labelWidth))
  return { transition, from: route.from, to: route.to, path: route.path, label: { ...route.label, lines } }
}

function stateOf(id: string): State {
  const node = NODES.find((candidate) => candidate.id === id)
  assert(node !== undefined, `no box ${id} in the state diagram`)
  return (node as DiagramNode).state
}
