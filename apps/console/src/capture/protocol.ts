import type { ReplayedCapture } from 'lastack/capture'

/** What the page asks of the worker that plays captures back. */
export interface CaptureRequest {
  readonly kind: 'play'
  /** The page's number of this file; answers carry it, so that a late one is known as such. */
  readonly file: number
  readonly blob: Blob
}

/** What the worker tells. */
export type CaptureReport =
  | { readonly kind: 'progress'; readonly file: number; readonly read: number; readonly packets: number }
  | { readonly kind: 'played'; readonly file: number; readonly capture: ReplayedCapture }
  | { readonly kind: 'error'; readonly file: number; readonly error: string }
