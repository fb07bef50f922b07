/** Plays a capture file back, off the page's thread and piece by piece, however large it is. */
import { CaptureReplay } from 'lastack/capture'
import type { CaptureReport, CaptureRequest } from './protocol.ts'

/** Between two reports of how far it is, ms. */
const PROGRESS_MS = 100

function report(message: CaptureReport): void {
  self.postMessage(message)
}

async function play({ file, blob }: CaptureRequest): Promise<void> {
  const replay = new CaptureReplay()
  const reader = blob.stream().getReader()
  let [read, told] = [0, performance.now()]
  for (;;) {
    const { done, value } = await reader.read()
    if (done || replay.problem !== undefined) break
    replay.feed(value)
    read += value.length
    if (performance.now() - told < PROGRESS_MS) continue
    told = performance.now()
    report({ kind: 'progress', file, read, packets: replay.counts.packets })
  }
  const capture = replay.finish()
  if (capture.format === 'unknown') {
    report({ kind: 'error', file, error: capture.problem ?? 'it is no capture' })
  } else report({ kind: 'played', file, capture })
}

self.addEventListener('message', ({ data }: MessageEvent<CaptureRequest>) => {
  play(data).catch((error: unknown) => {
    // The file may have gone, or may not be read any more.
    report({ kind: 'error', file: data.file, error: error instanceof Error ? error.message : String(error) })
  })
})
