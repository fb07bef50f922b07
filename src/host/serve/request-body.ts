import type { IncomingMessage } from 'node:http'

/** A request says no more than this, octets: a thousand cookies. */
const BODY_MAX = 1 << 16

/**
 * The JSON text that a request brings; undefined when there is none, it is no JSON, or it is too long.
 *
 * Only `application/json` counts: a form of another page cannot send that without asking first.
 */
export async function jsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_MAX) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    // The client is told that it is no JSON; what exactly is wrong with it does not matter here.
    return undefined
  }
}
