import type { State, Transition } from '../../tcp/index.ts'

/**
 * The state diagram as a drawing: boxes, lines and words on a grid whose unit is a character cell of a terminal. The console takes the
 * same grid, made larger.
 */
export interface Diagram {
  /** Columns and rows. */
  readonly width: number
  readonly height: number
  readonly nodes: readonly DiagramNode[]
  readonly edges: readonly DiagramEdge[]
  /** Moves that the figure leaves out: resets, aborts, time-outs. */
  readonly undrawn: readonly Transition[]
}

/** A box. CLOSED has two, as in the RFC's figure: where a connection begins and where it ends. */
export interface DiagramNode {
  readonly id: string
  readonly state: State
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A cell: column and row, from the top left corner. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** An arrow. */
export interface DiagramEdge {
  readonly transition: Transition
  /** Ids of nodes. */
  readonly from: string
  readonly to: string
  /** Corners of the line, from the cell beside one box to the cell beside the other, which holds the arrow's head. */
  readonly path: readonly Point[]
  /** What causes the move, and what is sent. */
  readonly label: EdgeLabel
}

/** An arrow's words, one below the other from this cell on. */
export interface EdgeLabel extends Point {
  readonly lines: readonly string[]
}
