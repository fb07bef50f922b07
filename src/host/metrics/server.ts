/** Serves the numbers of this host to a monitor: one page, and nothing else. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type MetricFamily, metricsText } from '../../doctor/index.ts'
import { refusal } from '../serve/guard.ts'
import { close, listen, reachable } from '../serve/listen.ts'
import type { RunningServer } from '../serve/server.ts'

/** What to serve, and where. */
export interface MetricsOptions {
  /** An address of this machine. Any but a loopback one shows the numbers to those who can reach that. */
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** The numbers of now; undefined before there are any. They are asked for when somebody asks here, and not before. */
  readonly read: () => readonly MetricFamily[] | undefined
}

const PATH = '/metrics'

/**
 * Serve GET /metrics.
 * @throws HostError (a rejection) with one line: the port is taken or not allowed, the address is not this machine's
 */
export async function startMetricsServer({ host, port, read }: MetricsOptions): Promise<RunningServer> {
  const server = createServer((request, response) => answer(request, response, host, read))
  const boundPort = await listen(server, port, host)
  return { url: `http://${reachable(host)}:${boundPort}${PATH}`, port: boundPort, close: () => close(server) }
}

function answer(request: IncomingMessage, response: ServerResponse, host: string, read: MetricsOptions['read']): void {
  const refused = refusal(allowedNames(request, host), host)
  if (refused !== undefined) return sendLine(response, 403, refused)
  const [path = ''] = (request.url ?? '').split('?', 1)
  if (path !== PATH) return sendLine(response, 404, `there is ${PATH} and nothing else`)
  if (request.method !== 'GET') {
    response.setHeader('Allow', 'GET')
    return sendLine(response, 405, `${request.method}: only GET is answered`)
  }
  const families = read()
  if (families === undefined) return sendLine(response, 503, 'the first look is not over yet')
  const { type, text } = metricsText(families, request.headers.accept)
  response.setHeader('Vary', 'Accept')
  send(response, 200, type, text)
}

/**
 * On the loopback only a page in a browser could use another name, to read what is not its own. Elsewhere a monitor asks by whatever
 * name its network has for this machine: there no name is refused, and still no page.
 */
function allowedNames({ headers }: IncomingMessage, host: string): IncomingMessage['headers'] {
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  return isLoopback ? headers : { ...headers, host: 'localhost' }
}

function sendLine(response: ServerResponse, status: number, line: string): void {
  send(response, status, 'text/plain; charset=utf-8', `${line}\n`)
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(body)
}
