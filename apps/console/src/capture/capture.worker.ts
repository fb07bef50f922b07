/** Plays a capture file back, off the page's thread and piece by piece, however large it is. */
import { CaptureReplay } from 'lastack/capture'
import type { CaptureReport, CaptureRequest } from './protocol.ts'

/** Between two reports of how far it is, ms. */
const PROGRESS_MS = 100

function report(message: CaptureReport): void {
  self.postMessage(message)
}

/** The file that was asked for last: what is still being read of another is read no further. */
let latest = 0

async function play({ file, blob }: CaptureRequest): Promise<void> {
  latest = file
  const replay = new CaptureReplay()
  let [read, told] = [0, performance.now()]
  let failure: string | undefined
  const octets = await octetsOf(blob, (count) => {
    read += count
  })
  const reader = octets.getReader()
  for (;;) {
    // A compressed file that was cut, or one that cannot be read any more: what came before that is played.
    const { done, value } = await reader.read().catch((error: unknown) => {
      failure = `after ${read} octets it cannot be read any further: ${messageOf(error).replace(/\.$/, '')}`
      return { done: true, value: undefined } as const
    })
    if (latest !== file) return reader.cancel()
    if (done || replay.problem !== undefined) break
    replay.feed(value)
    if (performance.now() - told < PROGRESS_MS) continue
    told = performance.now()
    report({ kind: 'progress', file, read, packets: replay.counts.packets })
  }
  const { problem, ...capture } = replay.finish()
  if (capture.format === 'unknown') {
    report({ kind: 'error', file, error: failure ?? problem ?? 'it is no capture' })
  } else report({ kind: 'played', file, capture: { ...capture, problem: failure ?? problem } })
}

/** What every file that gzip made begins with. */
const GZIP = [0x1f, 0x8b]

/** A file's octets, unpacked if it is compressed; `count` is told how many of the file have been read. */
async function octetsOf(blob: Blob, count: (octets: number) => void): Promise<ReadableStream<Uint8Array>> {
  const beginning = new Uint8Array(await blob.slice(0, GZIP.length).arrayBuffer())
  const counted = blob.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        count(piece.length)
        controller.enqueue(piece)
      },
    }),
  )
  const isZipped = GZIP.every((octet, i) => beginning[i] === octet)
  return isZipped ? counted.pipeThrough(new DecompressionStream('gzip')) : counted
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

self.addEventListener('message', ({ data }: MessageEvent<CaptureRequest>) => {
  play(data).catch((error: unknown) => {
    // The file may have gone, or may not be read any more.
    report({ kind: 'error', file: data.file, error: messageOf(error) })
  })
})
