import { type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ReplayedCapture } from 'lastack/capture'
import { onWorkerFailure } from '../ui/worker-failure.ts'
import type { CaptureReport, CaptureRequest } from './protocol.ts'

/** A file that is being read. */
export interface Reading {
  readonly name: string
  readonly size: number
  readonly read: number
  readonly packets: number
}

/** A capture that has been played back. */
export interface PlayedFile {
  readonly name: string
  readonly capture: ReplayedCapture
}

/** Captures as the page knows them: one is shown, and stays while another cannot be read. */
export class Captures {
  private readonly worker: Worker
  private readonly shown: Signal<PlayedFile | null> = signal(null)
  private readonly under: Signal<Reading | null> = signal(null)
  private readonly trouble: Signal<string | null> = signal(null)
  private file = 0
  /** Why no file can be read at all. */
  private failed: string | null = null

  readonly played: ReadonlySignal<PlayedFile | null> = this.shown
  readonly reading: ReadonlySignal<Reading | null> = this.under
  /** Why the latest file could not be read, or none can. */
  readonly error: ReadonlySignal<string | null> = this.trouble
  /** Number of the connection that is looked at. */
  readonly connection: Signal<number> = signal(1)

  constructor() {
    this.worker = new Worker(new URL('./capture.worker.ts', import.meta.url), { type: 'module', name: 'captures' })
    this.worker.addEventListener('message', ({ data }: MessageEvent<CaptureReport>) => this.take(data))
    onWorkerFailure(this.worker, 'What reads captures', (sentence) => {
      this.under.value = null
      this.failed = sentence
      this.trouble.value = sentence
    })
  }

  readonly open = (file: File): void => {
    this.file += 1
    this.trouble.value = this.failed
    if (this.failed !== null) return
    this.under.value = { name: file.name, size: file.size, read: 0, packets: 0 }
    this.worker.postMessage({ kind: 'play', file: this.file, blob: file } satisfies CaptureRequest)
  }

  private take(report: CaptureReport): void {
    const reading = this.under.peek()
    if (report.file !== this.file || reading === null) return
    if (report.kind === 'progress') {
      this.under.value = { ...reading, read: report.read, packets: report.packets }
      return
    }
    this.under.value = null
    if (report.kind === 'error') this.trouble.value = `${reading.name}: ${report.error}`
    else {
      this.connection.value = report.capture.connections[0]?.number ?? 0
      this.shown.value = { name: reading.name, capture: report.capture }
    }
  }
}
